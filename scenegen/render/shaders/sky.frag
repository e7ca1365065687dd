// The part of the smooth light that reaches a pixel, per color; a = the same in grey.
// World directions; positions in a ball of centre 0 and radius 1: the near one around what moves, with
// fine maps, or the far one around everything.
#include "surface.glsl"
#include "sky_axes.glsl"
uniform sampler2D u_atlas;
uniform vec3 u_weights[2 * PAIRS];  // light from around each axis
uniform mat4 u_near_from_camera;
uniform mat4 u_far_from_camera;
uniform mat3 u_world_from_camera;
uniform bool u_has_floor;
uniform float u_floor_near;         // its height in the balls
uniform float u_floor_far;
uniform float u_nook;               // metres: how near the maps are too coarse to see
uniform float u_focal;              // pixels of the labels' picture
uniform int u_step;                 // pixels of the labels' picture to one of this
layout(location = 0) out vec4 o_part;

const float BIAS = 3.0 / float(TILE);

float clear(Axis axis, int tile, vec3 position, vec2 jitter) {
    vec2 at = 0.5 + 0.5 * vec2(dot(axis.right, position), dot(axis.up, position)) + jitter;
    if (any(lessThan(at, vec2(0))) || any(greaterThanEqual(at, vec2(1)))) return 1.0;
    ivec2 texel = ivec2(tile % GRID, tile / GRID) * TILE + ivec2(at * float(TILE));
    float depth = max(0.5 + 0.5 * dot(axis.toward, position), 0.0);  // 0 in the map: nothing
    return texelFetch(u_atlas, texel, 0).r > depth ? 0.0 : 1.0;
}

const int TAPS = 8;
const vec2 SPIRAL[TAPS] = vec2[TAPS](
    vec2(0.2500, 0.0000), vec2(-0.3193, 0.2925), vec2(0.0489, -0.5569), vec2(0.4024, 0.5249),
    vec2(-0.7385, -0.1306), vec2(0.6996, -0.4450), vec2(-0.2340, 0.8705), vec2(-0.4463, -0.8593));

// What is closer than that, from the labels' own depth (McGuire et al. 2011, "Alchemy" obscurance)
float nook(ivec2 pixel, vec3 position, vec3 normal, float angle) {
    mat2 turn = mat2(cos(angle), sin(angle), -sin(angle), cos(angle));
    float reach = clamp(u_nook * u_focal / position.z, 3.0, 60.0), sum = 0.0;
    ivec2 last = textureSize(u_surface, 0) - 1;
    for (int i = 0; i < TAPS; i++) {
        ivec2 there = pixel + ivec2(round(reach * (turn * SPIRAL[i])));
        float depth = texelFetch(u_surface, clamp(there, ivec2(0), last), 0).w;
        vec3 way = position_at(there, depth) - position;
        float distance2 = dot(way, way) / (u_nook * u_nook);
        float rise = dot(way, normal) * inversesqrt(max(dot(way, way), 1e-10)) - 0.05;
        sum += depth > 0.0 ? max(rise, 0.0) * max(1.0 - distance2, 0.0) : 0.0;
    }
    return max(1.0 - 2.5 * sum / float(TAPS), 0.0);
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy) * u_step;
    vec4 surface = texelFetch(u_surface, pixel, 0);
    if (surface.w <= 0.0) {
        o_part = vec4(1);
        return;
    }
    float angle = block_angle(ivec2(gl_FragCoord.xy));
    vec2 moved = vec2(cos(angle), sin(angle)) * (JITTER / float(TILE));
    vec4 point = vec4(position_at(pixel, surface.w), 1.0);
    vec3 close = (u_near_from_camera * point).xyz;
    bool wide = length(close) > 0.98 - 0.03 * angle;  // the noise blends the two
    vec3 normal = u_world_from_camera * surface.xyz;
    vec3 position = (wide ? (u_far_from_camera * point).xyz : close) + BIAS * normal;
    float ground = wide ? u_floor_far : u_floor_near;
    int first = wide ? 2 * PAIRS : 0;
    vec3 whole = vec3(1e-6), part = vec3(1e-6);
    // neighbours take turns with the directions, and are averaged afterwards
    int start = (int(gl_FragCoord.x) + int(gl_FragCoord.y)) & 1;
    for (int i = start; i < PAIRS; i += 2) {
        Axis axis = axis_at(i);
        vec3 light = u_weights[i] * max(dot(normal, axis.toward), 0.0);
        whole += light;
        part += light * clear(axis, first + i, position, (i & 1) == 0 ? moved : moved.yx);
    }
    int below = normal.z > 0.999 ? 0 : PAIRS;  // a level surface sees nothing below
    Axis before = axis_at(PAIRS - 2 + start);
    for (int i = start; i < below; i += 2) {
        vec2 jitter = (i & 1) == 0 ? moved : moved.yx;
        Axis above = axis_at(i), axis = mirrored(above);
        vec3 light = u_weights[PAIRS + i] * max(dot(normal, axis.toward), 0.0);
        float seen = clear(axis, first + PAIRS + i, position, jitter);
        if (u_has_floor) {  // the ray ends on the floor: is that spot lit?
            vec3 spot = position + axis.toward * (max(position.z - ground, 0.0) / above.toward.z);
            spot.z = ground + BIAS;
            seen *= clear(before, first + (i + PAIRS - 2) % PAIRS, spot, jitter);
        }
        whole += light;
        part += light * seen;
        before = above;
    }
    vec3 ratio = part / whole * nook(pixel, point.xyz, surface.xyz, angle);
    o_part = vec4(ratio, dot(ratio, vec3(0.2126, 0.7152, 0.0722)));
}
