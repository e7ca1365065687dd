// Base color, occlusion, roughness and metallic of a surface. BASE, ORM: it has such a texture (not
// uniforms: software drivers run both sides of an if).
uniform vec3 u_base_factor;
uniform vec3 u_orm_scale;
uniform vec3 u_orm_bias;
uniform float u_uv_scale;
#ifdef BASE
uniform sampler2D u_base;
#endif
#ifdef ORM
uniform sampler2D u_orm;
#endif

#ifdef BASE
// Two look-ups along the longer side of a pixel's footprint, for surfaces seen at a grazing angle: the
// same on every driver, and far faster than the anisotropic filter of a software one
vec3 base_texture(vec2 uv) {
    vec2 size = vec2(textureSize(u_base, 0)), dx = dFdx(uv), dy = dFdy(uv);
    float x = length(dx * size), y = length(dy * size);
    vec2 side = 0.25 * (x > y ? dx : dy);
    float lod = log2(max(max(min(x, y), 0.5 * max(x, y)), 1e-6));
    return 0.5 * (textureLod(u_base, uv - side, lod).rgb + textureLod(u_base, uv + side, lod).rgb);
}
#endif

vec3 base_of(vec2 uv, vec3 color) {  // linear
    vec3 base = u_base_factor * color;
#ifdef BASE
    base *= base_texture(uv);
#endif
    return base;
}

vec3 orm_of(vec2 uv) {
    vec3 orm = u_orm_bias;
#ifdef ORM
    orm += u_orm_scale * texture(u_orm, uv).rgb;
#endif
    return orm;
}
