#include "seen.glsl"
uniform int u_id;
layout(location = 0) out uint o_id;
layout(location = 1) out vec4 o_surface;  // unit normal toward the camera, depth along the axis

void main() {
    Point point = seen_point();
    keep(point);
    vec3 normal = normalize(point.normal);
    o_id = uint(u_id);
    o_surface = vec4(point.front ? normal : -normal, point.position.z);
}
