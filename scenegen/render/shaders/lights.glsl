// The lights of a scene, camera frame. A sun: `place` is the direction toward it and `size` its
// angular radius; a lamp: `place` is its position and `size` its radius in metres.
uniform int u_lights;
uniform vec3 u_light_place[MAX_LIGHTS];
uniform vec3 u_light_color[MAX_LIGHTS];  // radiance of a white matt surface facing it (at 1 m)
uniform vec3 u_light_axis[MAX_LIGHTS];   // of a spot: toward the light
uniform vec4 u_light_shape[MAX_LIGHTS];  // lamp?, size, cos(outer cone), cos(inner cone)

struct Ray {
    vec3 direction;  // toward the light
    float size;      // angular radius, radians
    float gain;      // fall-off with distance, cone
};

Ray ray_to_light(int i, vec3 position) {
    vec4 shape = u_light_shape[i];
    if (shape.x < 0.5) return Ray(u_light_place[i], shape.y, 1.0);
    vec3 toward = u_light_place[i] - position;
    float distance2 = max(dot(toward, toward), 1e-4);
    vec3 direction = toward * inversesqrt(distance2);
    float cone = smoothstep(shape.z, shape.w, dot(direction, u_light_axis[i]));
    return Ray(direction, atan(shape.y * inversesqrt(distance2)), cone / distance2);
}
