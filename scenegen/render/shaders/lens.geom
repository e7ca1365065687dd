// A triangle seen through a lens has bent edges. This covers it with a rectangle of pixels; which of
// them see it is for shaders/seen.glsl to say, so the rectangle may be too large, but never too small.
layout(triangles) in;
layout(triangle_strip, max_vertices = 4) out;
in vec3 v_position[];
in vec3 v_normal[];
in vec2 v_uv[];
in vec3 v_color[];
flat out mat3 t_edges;
flat out vec3 t_depths;
flat out mat3 t_normals;
flat out mat3x2 t_uvs;
flat out mat3 t_colors;

uniform bool u_fisheye;
uniform float u_lens[8];  // coefficients as in scene.Distortion
uniform float u_limit;    // angle from the axis up to which the lens sees, radians
uniform mat3 u_window;    // K for pixels whose top-left corner is (0, 0)
uniform vec2 u_size;      // pixels

const float SMALL = 0.9986;  // cosine of three degrees: such an edge bows by less than L/4
const int PIECES = 8;        // of an edge that is not small

vec2 bent(vec2 p) {  // on the plane z = 1
    float x = p.x, y = p.y, s = dot(p, p);
    float up = 1.0 + s * (u_lens[0] + s * (u_lens[1] + s * u_lens[4]));
    float down = 1.0 + s * (u_lens[5] + s * (u_lens[6] + s * u_lens[7]));
    return p * (up / down) + vec2(
        2.0 * u_lens[2] * x * y + u_lens[3] * (s + 2.0 * x * x),
        u_lens[2] * (s + 2.0 * y * y) + 2.0 * u_lens[3] * x * y);
}

vec2 fisheye(float theta) {
    float s = theta * theta;
    return vec2(theta * (1.0 + s * (u_lens[0] + s * (u_lens[1] + s * (u_lens[2] + s * u_lens[3])))));
}

vec2 pixel_of(vec3 way) {  // what lies further out than the limit is brought back to it
    float radius = length(way.xy);
    float theta = min(atan(radius, way.z), u_limit);
    vec2 side = radius > 0.0 ? way.xy / radius : vec2(0);
    vec2 plane = u_fisheye ? side * fisheye(theta) : bent(side * tan(theta));
    return (u_window * vec3(plane, 1.0)).xy;
}

struct Cover {
    vec2 low, high;
    float longest;  // distance of neighbouring samples
};

void widen(inout Cover cover, vec3 a, vec3 b, int pieces) {  // by the edge between two directions
    vec2 before = pixel_of(a);
    for (int i = 1; i <= pieces; i++) {
        vec2 here = pixel_of(mix(a, b, float(i) / float(pieces)));
        cover.low = min(cover.low, here);
        cover.high = max(cover.high, here);
        cover.longest = max(cover.longest, distance(before, here));
        before = here;
    }
}

Cover covered(vec3 a, vec3 b, vec3 c) {
    vec3 lengths = vec3(length(a), length(b), length(c));
    if (any(lessThan(lengths, vec3(1e-6)))) return Cover(vec2(0), u_size, 0.0);
    a /= lengths.x, b /= lengths.y, c /= lengths.z;
    bool small = min(min(dot(a, b), dot(b, c)), dot(c, a)) > SMALL;
    int pieces = small ? 1 : PIECES;
    Cover cover = Cover(vec2(1e30), vec2(-1e30), 0.0);
    widen(cover, a, b, pieces);
    widen(cover, b, c, pieces);
    widen(cover, c, a, pieces);
    float margin = 1.0 + cover.longest * (small ? 0.25 : 0.5);
    return Cover(max(cover.low - margin, 0.0), min(cover.high + margin, u_size), 0.0);
}

bool before(vec3 a, vec3 b) {
    return a.x != b.x ? a.x < b.x : a.y != b.y ? a.y < b.y : a.z < b.z;
}

// The cross product a × b, rounded alike for every triangle that has this edge but for the sign
vec3 edge(vec3 a, vec3 b) {
    bool forward = before(a, b);
    vec3 low = forward ? a : b, high = forward ? b : a;
    precise vec3 along = high - low, normal;
    normal.x = low.y * along.z - low.z * along.y;
    normal.y = low.z * along.x - low.x * along.z;
    normal.z = low.x * along.y - low.y * along.x;
    return forward ? normal : -normal;
}

bool straight_behind(mat3 edges, vec3 depths) {  // there the way back to the limit has no direction
    vec3 w = vec3(edges[0].z, edges[1].z, edges[2].z);
    bool met = all(greaterThanEqual(w, vec3(0))) || all(lessThanEqual(w, vec3(0)));
    return met && dot(w, depths) * (w.x + w.y + w.z) <= 0.0;
}

void main() {
    vec3 a = v_position[0], b = v_position[1], c = v_position[2], depths = vec3(a.z, b.z, c.z);
    if (max(max(a.z, b.z), c.z) < NEAR) return;
    mat3 edges = mat3(edge(b, c), edge(c, a), edge(a, b));
    Cover cover = Cover(vec2(0), u_size, 0.0);
    if (!straight_behind(edges, depths)) cover = covered(a, b, c);
    if (any(greaterThanEqual(cover.low, cover.high))) return;
    for (int i = 0; i < 4; i++) {
        vec2 corner = vec2((i & 1) == 0 ? cover.low.x : cover.high.x,
            (i & 2) == 0 ? cover.low.y : cover.high.y);
        t_edges = edges;
        t_depths = depths;
        t_normals = mat3(v_normal[0], v_normal[1], v_normal[2]);
        t_uvs = mat3x2(v_uv[0], v_uv[1], v_uv[2]);
        t_colors = mat3(v_color[0], v_color[1], v_color[2]);
        gl_PrimitiveID = gl_PrimitiveIDIn;
        gl_Position = vec4(corner / u_size * 2.0 - 1.0, 0.0, 1.0);
        EmitVertex();
    }
    EndPrimitive();
}
