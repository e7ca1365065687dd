// How much of one light reaches a pixel: percentage-closer soft shadows (Fernando 2005). All taps
// lie on the surface's tangent plane, so wide filters do not shadow a flat surface by itself.
// Drawn once a shadow map; what lies outside of the map keeps what it has.
#include "surface.glsl"
uniform sampler2DArray u_maps;
uniform int u_layer;
uniform mat4 u_clip_from_camera;
uniform float u_reach;  // see ShadowView
uniform float u_texel;
uniform bool u_lamp;    // a place, not a direction
uniform vec3 u_place;   // camera frame
uniform float u_size;   // radius in metres of a lamp, in radians of a sun
uniform int u_step;     // pixels of the labels' picture to one of this
layout(location = 0) out vec4 o_lit;

const int SEARCH_TAPS = 5;
const int FILTER_TAPS = 8;

// Vogel spirals: evenly spread over the unit disc
const vec2 SEARCH[SEARCH_TAPS] = vec2[SEARCH_TAPS](
    vec2(0.3162, 0.0000), vec2(-0.4039, 0.3700), vec2(0.0618, -0.7044), vec2(0.5091, 0.6640),
    vec2(-0.9342, -0.1652));
const vec2 FILTER[FILTER_TAPS] = vec2[FILTER_TAPS](
    vec2(0.2500, 0.0000), vec2(-0.3193, 0.2925), vec2(0.0489, -0.5569), vec2(0.4024, 0.5249),
    vec2(-0.7385, -0.1306), vec2(0.6996, -0.4450), vec2(-0.2340, 0.8705), vec2(-0.4463, -0.8593));

float reach_of(float depth) {
    return u_lamp ? u_reach / depth : u_reach * (1.0 - depth);
}

float stored(vec2 at) {  // beyond the border, which is empty, there is nothing either
    ivec2 size = textureSize(u_maps, 0).xy;
    return texelFetch(u_maps, ivec3(clamp(ivec2(at * vec2(size)), ivec2(0), size - 1), u_layer), 0).r;
}

struct Plane {  // clip position of a tap: origin + x·across + y·along
    vec4 origin, across, along;
};

vec3 tap_at(Plane plane, vec2 offset) {
    vec4 clip = plane.origin + offset.x * plane.across + offset.y * plane.along;
    if (u_lamp) clip.xyz /= clip.w;
    return vec3(0.5 + 0.5 * clip.xy, clip.z);
}

float lit_part(Plane plane, float texel, float tangent, mat2 turn) {
    float receiver = reach_of(plane.origin.z / plane.origin.w);
    float widest = max(tangent * receiver, texel);
    float sum = 0.0, found = 0.0;
    for (int i = 0; i < SEARCH_TAPS; i++) {
        vec3 tap = tap_at(plane, widest * (turn * SEARCH[i]));
        float depth = stored(tap.xy);
        if (depth > max(tap.z, 0.0)) {
            sum += reach_of(depth);
            found += 1.0;
        }
    }
    float blocker = max(sum / max(found, 1.0), 1e-3);
    float width = tangent * (u_lamp ? receiver / blocker : 1.0) * max(receiver - blocker, 0.0);
    width = clamp(width, 0.7 * texel, widest);
    int taps = found > 0.0 ? FILTER_TAPS : 0;
    float lit = 0.0;
    for (int i = 0; i < taps; i++) {
        vec3 tap = tap_at(plane, width * (turn * FILTER[i]));
        lit += stored(tap.xy) > max(tap.z, 0.0) ? 0.0 : 1.0;
    }
    return taps > 0 ? lit / float(FILTER_TAPS) : 1.0;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy) * u_step;
    vec4 surface = texelFetch(u_surface, pixel, 0);
    if (surface.w <= 0.0) discard;
    vec3 position = position_at(pixel, surface.w), normal = surface.xyz;
    vec3 toward = u_lamp ? u_place - position : u_place;
    float distance = length(toward);
    vec3 light = toward / distance;
    float facing = dot(normal, light);
    if (facing <= 0.0) {
        o_lit = vec4(0);
        return;
    }
    float w = u_lamp ? (u_clip_from_camera * vec4(position, 1.0)).w : 1.0;
    float texel = u_texel * max(w, 0.0);
    vec3 start = position + light * (0.6 * texel)
        + normal * (1.2 * texel * sqrt(1.0 - min(facing * facing, 1.0)));
    vec3 across = normalize(cross(abs(light.z) < 0.9 ? vec3(0, 0, 1) : vec3(1, 0, 0), light));
    vec3 along = cross(light, across);
    vec3 slide = light / max(facing, 0.12);
    Plane plane;
    plane.origin = u_clip_from_camera * vec4(start, 1.0);
    if (any(greaterThan(abs(plane.origin.xy), vec2(plane.origin.w)))) discard;
    plane.across = u_clip_from_camera * vec4(across - slide * dot(across, normal), 0.0);
    plane.along = u_clip_from_camera * vec4(along - slide * dot(along, normal), 0.0);
    float angle = block_angle(ivec2(gl_FragCoord.xy));
    mat2 turn = mat2(cos(angle), sin(angle), -sin(angle), cos(angle));
    o_lit = vec4(lit_part(plane, texel, u_lamp ? u_size / distance : tan(u_size), turn));
}
