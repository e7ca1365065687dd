// Every pass that must agree to the pixel uses this shader; `invariant` makes the positions equal.
// LENS: shaders/lens.geom places the triangles in the picture.
layout(location = 0) in vec3 a_position;
layout(location = 1) in vec3 a_normal;
layout(location = 2) in vec2 a_uv;
layout(location = 3) in vec4 a_color;

uniform mat4 u_camera_from_object;  // rotation × uniform scale, translation; OpenCV camera axes
#ifdef LENS
precise out vec3 v_position;
#else
uniform mat4 u_clip_from_camera;
invariant gl_Position;
out vec3 v_position;  // camera frame, metres
#endif
out vec3 v_normal;    // camera frame, not unit
out vec2 v_uv;
out vec3 v_color;     // linear

void main() {
    vec4 position = u_camera_from_object * vec4(a_position, 1.0);
#ifndef LENS
    gl_Position = u_clip_from_camera * position;
#endif
    v_position = position.xyz;
    v_normal = mat3(u_camera_from_object) * a_normal;
    v_uv = a_uv;
    v_color = a_color.rgb;
}
