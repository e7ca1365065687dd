in vec3 v_position;
in vec3 v_normal;
uniform int u_id;
layout(location = 0) out uint o_id;
layout(location = 1) out vec4 o_surface;  // unit normal toward the camera, depth along the axis

void main() {
    vec3 normal = normalize(v_normal);
    o_id = uint(u_id);
    o_surface = vec4(gl_FrontFacing ? normal : -normal, v_position.z);
}
