// Every instance lands in a tile of its own; the tiles hold all casters, so nothing spills over.
#include "sky_axes.glsl"
layout(location = 0) in vec3 a_position;
uniform mat4 u_ball_from_object;

void main() {
    vec3 position = (u_ball_from_object * vec4(a_position, 1.0)).xyz;
    int i = gl_InstanceID;
    Axis axis = axis_at(i % PAIRS);
    if (i >= PAIRS) axis = mirrored(axis);
    vec2 xy = vec2(dot(axis.right, position), dot(axis.up, position));
    vec2 atlas = (vec2(i % GRID, i / GRID) + 0.5 + 0.5 * xy) / float(GRID);
    gl_Position = vec4(atlas * 2.0 - 1.0, 0.5 + 0.5 * dot(axis.toward, position), 1.0);
}
