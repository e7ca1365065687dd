// How much of each light reaches a pixel: percentage-closer soft shadows (Fernando 2005). All taps
// lie on the surface's tangent plane, so wide filters do not shadow a flat surface by itself.
#include "lights.glsl"
#include "surface.glsl"
uniform sampler2DArray u_maps;
uniform int u_view_first[MAX_LIGHTS];
uniform int u_view_count[MAX_LIGHTS];
uniform mat4 u_clip_from_camera[MAX_VIEWS];
uniform vec2 u_view_shape[MAX_VIEWS];  // reach, texel: see ShadowView
layout(location = 0) out vec4 o_first;
layout(location = 1) out vec4 o_second;

const int SEARCH_TAPS = 8;
const int FILTER_TAPS = 12;

// Vogel spirals: evenly spread over the unit disc
const vec2 SEARCH[SEARCH_TAPS] = vec2[SEARCH_TAPS](
    vec2(0.2500, 0.0000), vec2(-0.3193, 0.2925), vec2(0.0489, -0.5569), vec2(0.4024, 0.5249),
    vec2(-0.7385, -0.1306), vec2(0.6996, -0.4450), vec2(-0.2340, 0.8705), vec2(-0.4463, -0.8593));
const vec2 FILTER[FILTER_TAPS] = vec2[FILTER_TAPS](
    vec2(0.2041, 0.0000), vec2(-0.2607, 0.2388), vec2(0.0399, -0.4547), vec2(0.3286, 0.4286),
    vec2(-0.6030, -0.1067), vec2(0.5712, -0.3634), vec2(-0.1911, 0.7107), vec2(-0.3644, -0.7016),
    vec2(0.7906, 0.2887), vec2(-0.8224, 0.3395), vec2(0.3965, -0.8472), vec2(0.2930, 0.9341));

float reach_of(float depth, float reach, bool lamp) {
    return lamp ? reach / depth : reach * (1.0 - depth);
}

struct Plane {  // clip position of a tap: origin + x·across + y·along
    vec4 origin, across, along;
};

float stored(vec2 at, int layer) {  // beyond the border, which is empty, there is nothing either
    ivec3 size = textureSize(u_maps, 0);
    return texelFetch(u_maps, ivec3(clamp(ivec2(at * vec2(size.xy)), ivec2(0), size.xy - 1), layer), 0).r;
}

vec3 tap_at(Plane plane, vec2 offset) {
    vec4 clip = plane.origin + offset.x * plane.across + offset.y * plane.along;
    return vec3(0.5 + 0.5 * clip.xy / clip.w, clip.z / clip.w);
}

float shadow(Plane plane, int layer, vec2 shape, bool lamp, float tangent, mat2 turn) {
    float receiver = reach_of(plane.origin.z / plane.origin.w, shape.x, lamp);
    float texel = shape.y * (lamp ? receiver : 1.0);
    float widest = max(tangent * receiver, texel);
    float sum = 0.0, found = 0.0;
    for (int i = 0; i < SEARCH_TAPS; i++) {
        vec3 tap = tap_at(plane, widest * (turn * SEARCH[i]));
        float depth = stored(tap.xy, layer);
        if (depth > 0.0 && depth > tap.z) {
            sum += reach_of(depth, shape.x, lamp);
            found += 1.0;
        }
    }
    if (found == 0.0) return 1.0;
    float blocker = sum / found;
    float width = tangent * (lamp ? receiver / max(blocker, 1e-3) : 1.0) * max(receiver - blocker, 0.0);
    width = clamp(width, 0.7 * texel, widest);
    float lit = 0.0;
    for (int i = 0; i < FILTER_TAPS; i++) {
        vec3 tap = tap_at(plane, width * (turn * FILTER[i]));
        float depth = stored(tap.xy, layer);
        lit += depth > 0.0 && depth > tap.z ? 0.0 : 1.0;
    }
    return lit / float(FILTER_TAPS);
}

float visibility(int light, vec3 position, vec3 normal, mat2 turn) {
    Ray ray = ray_to_light(light, position);
    float facing = dot(normal, ray.direction);
    if (facing <= 0.0 || ray.gain <= 0.0) return 0.0;
    bool lamp = u_light_shape[light].x > 0.5;
    vec3 across = normalize(cross(abs(ray.direction.z) < 0.9 ? vec3(0, 0, 1) : vec3(1, 0, 0), ray.direction));
    vec3 along = cross(ray.direction, across);
    float steep = 1.0 / max(facing, 0.12);
    vec3 slide = ray.direction * steep;
    for (int k = 0; k < u_view_count[light]; k++) {
        int view = u_view_first[light] + k;
        mat4 clip = u_clip_from_camera[view];
        vec2 shape = u_view_shape[view];
        float w = dot(vec4(clip[0].w, clip[1].w, clip[2].w, clip[3].w), vec4(position, 1.0));
        if (w <= 0.0) continue;
        float texel = shape.y * (lamp ? w : 1.0);
        vec3 start = position + normal * (1.2 * texel * sqrt(1.0 - min(facing * facing, 1.0)))
            + ray.direction * (0.6 * texel);
        Plane plane;
        plane.origin = clip * vec4(start, 1.0);
        if (any(greaterThan(abs(plane.origin.xy), vec2(plane.origin.w)))) continue;
        plane.across = clip * vec4(across - slide * dot(across, normal), 0.0);
        plane.along = clip * vec4(along - slide * dot(along, normal), 0.0);
        return shadow(plane, view, shape, lamp, tan(ray.size), turn);
    }
    return 1.0;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 surface = texelFetch(u_surface, pixel, 0);
    float seen[8] = float[8](1, 1, 1, 1, 1, 1, 1, 1);
    if (surface.w > 0.0) {
        vec3 position = position_at(pixel, surface.w);
        float angle = block_angle(pixel);
        mat2 turn = mat2(cos(angle), sin(angle), -sin(angle), cos(angle));
        for (int i = 0; i < u_lights; i++)
            seen[i] = visibility(i, position, surface.xyz, turn);
    }
    o_first = vec4(seen[0], seen[1], seen[2], seen[3]);
    o_second = vec4(seen[4], seen[5], seen[6], seen[7]);
}
