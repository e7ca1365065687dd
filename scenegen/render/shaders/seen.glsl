// The point of a surface that a fragment shows, camera frame. LENS: the fragment is one of those
// that shaders/lens.geom covers, and the point is where the exact ray of its pixel meets the triangle.
struct Point {
    vec3 position, normal;  // metres; not unit
    vec2 uv;
    vec3 color;  // linear
    bool front;  // seen from the side its triangle faces
    bool seen;
};

#ifdef EXACT
#include "octahedron.glsl"
uniform usampler2D u_corners;  // see store.Drawable
uniform mat4 u_camera_from_object;
const float TIE = 0.999995;   // of two faces that meet at a rim, the one that is seen from its front

struct Corner {
    vec3 position, normal;
};

Corner corner(int k) {
    ivec2 start = ivec2(gl_PrimitiveID % EXACT * 3, gl_PrimitiveID / EXACT);
    uvec4 texel = texelFetch(u_corners, start + ivec2(k, 0), 0);
    ivec2 normal = ivec2(texel.w << 16, texel.w) >> 16;
    return Corner(uintBitsToFloat(texel.xyz), unfolded(vec2(normal) / 32767.0));
}

// Weights of the corners at the point of the triangle's rim that a ray passes closest to
vec3 share_of_rim(mat3 corners, vec3 eye, vec3 way) {
    vec3 axis = normalize(way), best = vec3(1, 0, 0);
    float least = 1e30;
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3;
        vec3 start = corners[i] - eye, edge = corners[j] - corners[i];
        vec3 aside = start - dot(start, axis) * axis, across = edge - dot(edge, axis) * axis;
        float along = clamp(-dot(aside, across) / max(dot(across, across), 1e-30), 0.0, 1.0);
        vec3 gap = aside + along * across;
        if (dot(gap, gap) < least) {
            least = dot(gap, gap);
            best = vec3(0);
            best[i] = 1.0 - along;
            best[j] = along;
        }
    }
    return best;
}

// The point of this triangle that a ray meets (Möller and Trumbore 1997). Drivers round corners to
// parts of a pixel, so the ray may miss it by that much: then the rim is what it sees, as a plane seen
// edge-on leads anywhere.
void meet(vec2 ray, out vec3 point, out vec3 normal, out bool front) {
    mat3 turn = mat3(u_camera_from_object);
    float scale = length(turn[0]);
    vec3 eye = -(u_camera_from_object[3].xyz * turn) / (scale * scale);  // object frame
    vec3 way = (vec3(ray, 1) * turn) / (scale * scale);
    Corner a = corner(0), b = corner(1), c = corner(2);
    vec3 first = b.position - a.position, second = c.position - a.position, start = eye - a.position;
    vec3 across = cross(way, second), along = cross(start, first);
    float facing = dot(first, across);
    vec2 outer = vec2(dot(start, across), dot(way, along)) / facing;
    vec3 share = vec3(1.0 - outer.x - outer.y, outer);
    mat3 corners = mat3(a.position, b.position, c.position);
    if (!(min(min(share.x, share.y), share.z) >= 0.0)) share = share_of_rim(corners, eye, way);
    point = (u_camera_from_object * vec4(corners * share, 1)).xyz;
    normal = turn * (mat3(a.normal, b.normal, c.normal) * share);
    front = facing > 0.0;
}
#endif

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
    vec3 position = z * vec3(ray, 1), normal = t_normals * share;
#ifdef EXACT
    if (seen) meet(ray, position, normal, front);
#endif
    return Point(position, normal, t_uvs * share, t_colors * share, front, seen);
}
#else
in vec3 v_position;
in vec3 v_normal;
in vec2 v_uv;
in vec3 v_color;

#ifdef EXACT
uniform mat3 u_ray_from_window;

Point seen_point() {
    vec2 ray = (u_ray_from_window * vec3(gl_FragCoord.xy, 1)).xy;
    Point point = Point(v_position, v_normal, v_uv, v_color, gl_FrontFacing, true);
    meet(ray, point.position, point.normal, point.front);
    return point;
}
#else
Point seen_point() {
    return Point(v_position, v_normal, v_uv, v_color, gl_FrontFacing, true);
}
#endif
#endif

void keep(Point point) {  // derivatives are undefined after this
#ifdef LENS
    if (!point.seen) discard;
#endif
#ifdef EXACT
    gl_FragDepth = NEAR / point.position.z * (point.front ? 1.0 : TIE);
#endif
}
