const float PI = 3.14159265358979;

// (u, v) of a direction in the panorama's frame; v = 0 is the zenith
vec2 panorama_uv(vec3 d) {
    return vec2(0.5 - atan(d.y, d.x) / (2.0 * PI), acos(clamp(d.z, -1.0, 1.0)) / PI);
}

vec3 panorama_direction(vec2 uv) {
    float phi = 2.0 * PI * (0.5 - uv.x);
    float theta = PI * uv.y;
    return vec3(sin(theta) * cos(phi), sin(theta) * sin(phi), cos(theta));
}
