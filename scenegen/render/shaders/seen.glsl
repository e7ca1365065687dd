// The point of a surface that a fragment shows, camera frame. LENS: the fragment is one of those
// that shaders/lens.geom covers, and the point is where the exact ray of its pixel meets the triangle.
struct Point {
    vec3 position, normal;  // metres; not unit
    vec2 uv;
    vec3 color;  // linear
    bool front;  // seen from the side its triangle faces
    bool seen;
};

#ifdef LENS
flat in mat3 t_edges;    // column i: normal of the plane through the camera and the edge off vertex i
flat in vec3 t_depths;
flat in mat3 t_normals;  // column i: of vertex i
flat in mat3x2 t_uvs;
flat in mat3 t_colors;
uniform sampler2D u_rays;   // x/z and y/z of every pixel; beyond 1e4 the lens sees nothing
uniform bool u_front_only;  // triangles are seen from the side they face only

Point seen_point() {
    vec2 ray = texelFetch(u_rays, ivec2(gl_FragCoord.xy), 0).xy;
    precise vec3 w;  // neighbours' values along a shared edge are exactly opposite: no gap, no overlap
    w.x = ray.x * t_edges[0].x + ray.y * t_edges[0].y + t_edges[0].z;
    w.y = ray.x * t_edges[1].x + ray.y * t_edges[1].y + t_edges[1].z;
    w.z = ray.x * t_edges[2].x + ray.y * t_edges[2].y + t_edges[2].z;
    float sum = w.x + w.y + w.z;
    bool inside = all(greaterThanEqual(w, vec3(0))) || all(lessThanEqual(w, vec3(0)));
    vec3 share = w / sum;
    float z = dot(share, t_depths);
    bool front = sum < 0.0;
    bool seen = inside && sum != 0.0 && z >= NEAR && abs(ray.x) < 1e4 && (front || !u_front_only);
    return Point(z * vec3(ray, 1), t_normals * share, t_uvs * share, t_colors * share, front, seen);
}

void keep(Point point) {  // derivatives are undefined after this
    if (!point.seen) discard;
    gl_FragDepth = NEAR / point.position.z;
}
#else
in vec3 v_position;
in vec3 v_normal;
in vec2 v_uv;
in vec3 v_color;

Point seen_point() {
    return Point(v_position, v_normal, v_uv, v_color, gl_FrontFacing, true);
}

void keep(Point point) {}
#endif
