// The anti-aliased picture: light is known at the centres of pixels; every sample of a pixel takes
// the light of the centre nearby that lies on the surface the sample sees.
#include "srgb.glsl"
uniform sampler2DMS u_seen;   // see shaders/coverage.frag
uniform sampler2DMS u_depth;  // NEAR / z, 0 = nothing
uniform sampler2D u_surface;  // the labels' normal and depth
uniform usampler2D u_part;     // see shaders/material.frag
uniform sampler2D u_light;
uniform bool u_linear;        // write radiance instead of the picture
layout(location = 0) out vec4 o_color;

struct Label {
    vec4 surface;
    float part;  // as in `seen`
};

Label label_at(ivec2 pixel) {
    uint part = texelFetch(u_part, pixel, 0).r;
    return Label(texelFetch(u_surface, pixel, 0), float(part & 255u) / 255.0);
}

float unlike(Label label, vec4 seen, float depth) {  // how far its surface is from a sample's; 1 is far
    float away = 100.0 * abs(label.surface.w * depth / NEAR - 1.0);
    float turned = 3.0 - 3.0 * dot(label.surface.xyz, 2.0 * seen.xyz - 1.0);
    float gap = away + turned + 2e4 * abs(label.part - seen.a);
    return max(depth, label.surface.w) <= 0.0 ? 0.0 : gap;
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy), last = textureSize(u_surface, 0) - 1;
    Label own = label_at(at);
    vec3 light = texelFetch(u_light, at, 0).rgb, sum = vec3(0);
    for (int i = 0; i < SAMPLES; i++) {
        vec4 seen = texelFetch(u_seen, at, i);
        float depth = texelFetch(u_depth, at, i).r;
        vec3 best = light;
        float least = unlike(own, seen, depth);
        int around = least < 1.0 ? 0 : 9;  // a loop: software drivers run both sides of an if
        for (int k = 0; k < around; k++) {
            ivec2 there = clamp(at + ivec2(k % 3 - 1, k / 3 - 1), ivec2(0), last);
            float gap = unlike(label_at(there), seen, depth);
            if (gap < least) {
                least = gap;
                best = texelFetch(u_light, there, 0).rgb;
            }
        }
        sum += best;
    }
    sum /= float(SAMPLES);
    o_color = vec4(u_linear ? sum : srgb(sum), 1);
}
