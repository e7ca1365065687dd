// Every instance lands in a tile of its own; the tiles hold all casters, so nothing spills over.
layout(location = 0) in vec3 a_position;
uniform mat4 u_world_from_object;
uniform vec4 u_rows[3 * COUNT];

void main() {
    vec4 world = u_world_from_object * vec4(a_position, 1.0);
    int i = gl_InstanceID;
    vec2 tile = vec2(i % GRID, i / GRID);
    vec2 xy = vec2(dot(u_rows[3 * i], world), dot(u_rows[3 * i + 1], world));
    vec2 atlas = (tile + 0.5 + 0.5 * xy) / float(GRID);
    gl_Position = vec4(atlas * 2.0 - 1.0, dot(u_rows[3 * i + 2], world), 1.0);
}
