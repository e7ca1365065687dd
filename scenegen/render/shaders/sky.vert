// Every instance lands in a tile of its own: first those of the near ball, then those of the far one.
// What lies beside the ball is clipped, what lies before or behind it is kept.
#include "sky_axes.glsl"
layout(location = 0) in vec3 a_position;
uniform mat4 u_near_from_object;
uniform mat4 u_far_from_object;
out float gl_ClipDistance[4];

void main() {
    int i = gl_InstanceID;
    mat4 ball_from_object = i < 2 * PAIRS ? u_near_from_object : u_far_from_object;
    vec3 position = (ball_from_object * vec4(a_position, 1.0)).xyz;
    Axis axis = axis_at(i % PAIRS);
    if (i / PAIRS % 2 == 1) axis = mirrored(axis);
    vec2 xy = vec2(dot(axis.right, position), dot(axis.up, position));
    vec2 atlas = (vec2(i % GRID, i / GRID) + 0.5 + 0.5 * xy) / float(GRID);
    gl_Position = vec4(atlas * 2.0 - 1.0, 0.5 + 0.5 * dot(axis.toward, position), 1.0);
    gl_ClipDistance[0] = 1.0 - xy.x;
    gl_ClipDistance[1] = 1.0 + xy.x;
    gl_ClipDistance[2] = 1.0 - xy.y;
    gl_ClipDistance[3] = 1.0 + xy.y;
}
