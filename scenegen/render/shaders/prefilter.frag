// One level of the glossy panorama: GGX lobe with N = V = R, importance sampled, each sample read
// from a mipmap that fits its share of the lobe (Karis 2013; Křivánek and Colbert 2008).
#include "panorama.glsl"
uniform sampler2D u_radiance;  // with box-filtered mipmaps
uniform vec2 u_size;           // of the level drawn
uniform float u_roughness;
layout(location = 0) out vec4 o_radiance;

const int SAMPLES = 48;

vec2 hammersley(int i) {
    uint bits = uint(i);
    bits = (bits << 16u) | (bits >> 16u);
    bits = ((bits & 0x55555555u) << 1u) | ((bits & 0xAAAAAAAAu) >> 1u);
    bits = ((bits & 0x33333333u) << 2u) | ((bits & 0xCCCCCCCCu) >> 2u);
    bits = ((bits & 0x0F0F0F0Fu) << 4u) | ((bits & 0xF0F0F0F0u) >> 4u);
    bits = ((bits & 0x00FF00FFu) << 8u) | ((bits & 0xFF00FF00u) >> 8u);
    return vec2((float(i) + 0.5) / float(SAMPLES), float(bits) * 2.3283064365386963e-10);
}

void main() {
    vec3 normal = panorama_direction(gl_FragCoord.xy / u_size);
    vec3 up = abs(normal.z) < 0.99 ? vec3(0, 0, 1) : vec3(1, 0, 0);
    vec3 tangent = normalize(cross(up, normal));
    vec3 bitangent = cross(normal, tangent);
    float a2 = pow(u_roughness, 4.0);
    float texels = float(textureSize(u_radiance, 0).x) * float(textureSize(u_radiance, 0).y);
    vec4 sum = vec4(0);
    for (int i = 0; i < SAMPLES; i++) {
        vec2 xi = hammersley(i);
        float cosine = sqrt((1.0 - xi.x) / (1.0 + (a2 - 1.0) * xi.x));
        float sine = sqrt(1.0 - cosine * cosine);
        float phi = 2.0 * PI * xi.y;
        vec3 h = tangent * (sine * cos(phi)) + bitangent * (sine * sin(phi)) + normal * cosine;
        vec3 light = 2.0 * cosine * h - normal;
        float weight = dot(normal, light);
        if (weight <= 0.0) continue;
        float d = (cosine * cosine) * (a2 - 1.0) + 1.0;
        float density = a2 / (PI * d * d) / 4.0;
        float share = 1.0 / (float(SAMPLES) * density);
        float row = max(sqrt(1.0 - light.z * light.z), 0.05);
        float lod = 0.5 * log2(share * texels / (2.0 * PI * PI * row)) + 0.7;
        sum += vec4(textureLod(u_radiance, panorama_uv(light), max(lod, 0.0)).rgb, 1) * weight;
    }
    o_radiance = vec4(sum.rgb / sum.a, 1);
}
