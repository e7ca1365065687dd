// Light at the centre of each pixel: suns and lamps with their shadows, the smooth light around,
// reflections. The tone curve is applied here, before shaders/blend.frag averages surfaces, so bright
// edges stay smooth. Camera frame. MANY_LAMPS: more than four; GLOWS: the panorama has bright places.
#include "lights.glsl"
#include "octahedron.glsl"
#include "panorama.glsl"
#include "surface.glsl"
uniform sampler2D u_base;        // see shaders/material.frag
uniform sampler2D u_normal;
uniform sampler2D u_sharp_first;  // part of lights 0–3 that arrives
#ifdef MANY_LAMPS
uniform sampler2D u_sharp_second;
#endif
uniform sampler2D u_soft_first;   // part of the smooth light that arrives, at half resolution
#ifdef GLOWS
uniform sampler2D u_soft_second;  // part of the panorama's glows that arrives, likewise
#endif
uniform int u_lamps;             // lights before this one are lamps, the others glows

uniform vec3 u_matt[9];          // spherical harmonics: smooth light on a white matt surface
uniform mat3 u_panorama_from_camera;
uniform vec3 u_panorama_gain;    // 0 without a panorama
uniform sampler2D u_gloss;       // panorama, mipmap level = roughness × u_gloss_top
uniform float u_gloss_top;
uniform bool u_has_floor;
uniform vec3 u_ground;           // radiance of the floor, seen below the horizon in reflections
uniform bool u_panorama_visible;
uniform vec3 u_plain;            // radiance behind all where the panorama is not seen
uniform float u_exposure;
uniform bool u_linear;           // write radiance, before exposure and tone curve
layout(location = 0) out vec4 o_color;

struct Spot {
    vec3 base, normal;
    float metallic, roughness, occlusion, z;
};

vec3 matt_light(vec3 n) {
    return max(u_matt[0] * 0.282095
        + 0.488603 * (u_matt[1] * n.y + u_matt[2] * n.z + u_matt[3] * n.x)
        + 1.092548 * (u_matt[4] * (n.x * n.y) + u_matt[5] * (n.y * n.z) + u_matt[7] * (n.x * n.z))
        + 0.315392 * u_matt[6] * (3.0 * n.z * n.z - 1.0)
        + 0.546274 * u_matt[8] * (n.x * n.x - n.y * n.y), vec3(0));
}

// Reflectance of a rough surface under uniform light = f0·x + y (Karis 2014, after Lazarov)
vec2 gloss_scale(float roughness, float facing) {
    vec4 r = roughness * vec4(-1, -0.0275, -0.572, 0.022) + vec4(1, 0.0425, 1.04, -0.04);
    float a = min(r.x * r.x, exp2(-9.28 * facing)) * r.x + r.y;
    return vec2(-1.04, 1.04) * a + r.zw;
}

struct Soft {
    vec4 sky, glows;
};

Soft soft_part(ivec2 pixel, float z, vec3 n) {  // from half resolution, over the same surface only
    ivec2 last = textureSize(u_soft_first, 0) - 1;
    ivec2 corner = pixel / 2;
    vec2 f = 0.5 * vec2(pixel - 2 * corner);
    Soft sum = Soft(vec4(0), vec4(0));
    float total = 0.0;
    for (int k = 0; k < 4; k++) {
        ivec2 corner_step = ivec2(k & 1, k >> 1);
        ivec2 there = min(corner + corner_step, last);
        vec4 other = texelFetch(u_surface, there * 2, 0);
        vec2 share = mix(1.0 - f, f, vec2(corner_step));
        float gap = abs(other.w - z) / (0.02 * z);
        float weight = share.x * share.y * exp2(-gap) * max(dot(other.xyz, n), 0.0) + 1e-5;
        sum.sky += weight * texelFetch(u_soft_first, there, 0);
#ifdef GLOWS
        sum.glows += weight * texelFetch(u_soft_second, there, 0);
#endif
        total += weight;
    }
    return Soft(sum.sky / total, sum.glows / total);
}

// Light that comes back from lit surroundings of that albedo (Jimenez et al. 2016)
vec3 interreflected(vec3 part, vec3 albedo) {
    vec3 a = 2.0404 * albedo - 0.3324, b = 0.6417 - 4.7951 * albedo, c = 2.7552 * albedo + 0.6903;
    return max(part, ((part * a + b) * part + c) * part);
}

float lobe(float nh, float nl, float nv, float alpha2) {  // D·V of GGX, height-correlated Smith
    float d = (nh * alpha2 - nh) * nh + 1.0;
    float v = nl * sqrt(nv * nv * (1.0 - alpha2) + alpha2) + nv * sqrt(nl * nl * (1.0 - alpha2) + alpha2);
    return alpha2 / (PI * d * d) * 0.5 / max(v, 1e-5);
}

vec3 ground_or(vec3 light, float up, float roughness) {  // the floor below the horizon, blurred
    float spread = 0.02 + 0.8 * roughness * roughness;
    return mix(u_ground, light, u_has_floor ? smoothstep(-spread, spread, up) : 1.0);
}

vec3 radiance_of(Spot spot, ivec2 at) {
    bool hit = spot.z > 0.0;
    vec3 ray = normalize(u_ray_from_pixel * vec3(at, 1.0)), n = spot.normal, toward = -ray;
    vec3 position = position_at(at, spot.z);
    vec3 mirror = u_panorama_from_camera * (hit ? reflect(ray, n) : ray);
    float level = hit ? spot.roughness * u_gloss_top : 0.0;
    vec3 around = textureLod(u_gloss, panorama_uv(mirror), level).rgb * u_panorama_gain;

    float nv = clamp(dot(n, toward), 0.02, 1.0);
    vec3 albedo = spot.base * (1.0 - spot.metallic);
    vec3 f0 = mix(vec3(0.04), spot.base, spot.metallic);
    vec2 gloss = gloss_scale(spot.roughness, nv);
    vec3 reflectance = f0 * gloss.x + gloss.y;
    float alpha2 = pow(spot.roughness, 4.0);

    Soft soft = soft_part(at, spot.z, n);
    vec4 part = min(soft.sky, vec4(spot.occlusion));
    vec3 matt = matt_light(u_panorama_from_camera * n) * interreflected(part.rgb, 0.5 * albedo);
    float shine = clamp(pow(nv + part.a, exp2(-16.0 * spot.roughness - 1.0)) - 1.0 + part.a, 0.0, 1.0);
    vec3 mirrored = ground_or(around, mirror.z, spot.roughness) * reflectance * shine;

    for (int i = u_lamps; i < u_lights; i++) {  // glows are suns, and reflections show them already
        float nl = max(dot(n, u_light_place[i]), 0.0);
        matt += u_light_color[i] * (nl * soft.glows[i - u_lamps]);
    }
    vec4 first = texelFetch(u_sharp_first, at, 0), second = vec4(0);
#ifdef MANY_LAMPS
    second = texelFetch(u_sharp_second, at, 0);
#endif
    for (int i = 0; i < u_lamps; i++) {
        Ray way = ray_to_light(i, position);
        float nl = max(dot(n, way.direction), 0.0);
        vec3 light = u_light_color[i] * (nl * way.gain * (i < 4 ? first[i] : second[i - 4]));
        matt += light;
        vec3 h = normalize(toward + way.direction);
        float wide = min(alpha2 + 0.25 * way.size * way.size, 1.0);
        vec3 fresnel = f0 + (1.0 - f0) * pow(1.0 - clamp(dot(toward, h), 0.0, 1.0), 5.0);
        mirrored += light * PI * lobe(clamp(dot(n, h), 0.0, 1.0), nl, nv, wide) * fresnel;
    }
    if (!hit) return u_panorama_visible ? around : u_plain;
    return albedo * (1.0 - reflectance) * matt + mirrored;
}

// A filmic curve of the form of Narkowicz' ACES fit, x(ax + b) / (x(cx + d) + 1)
vec3 filmic(vec3 x) {
    return clamp(x * (CURVE_A * x + CURVE_B) / (x * (CURVE_C * x + CURVE_D) + 1.0), 0.0, 1.0);
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec4 base = texelFetch(u_base, at, 0), normal = texelFetch(u_normal, at, 0);
    Spot spot = Spot(base.rgb * base.rgb, unfolded(normal.xy), base.a, normal.z, normal.w,
        texelFetch(u_surface, at, 0).w);
    vec3 radiance = radiance_of(spot, at);
    o_color = vec4(u_linear ? radiance : filmic(radiance * u_exposure), 1);
}
