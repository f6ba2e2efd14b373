"""The programs of the renderer, in GLSL 3.30 (what software OpenGL has everywhere).

Colours are squared on the way in and rooted on the way out: a gamma of 2 stands for sRGB's, at less cost.
"""

LIGHTING = """
uniform vec3 to_sun; uniform vec3 sun_rgb; uniform vec3 ambient_rgb; uniform vec3 sky_rgb;
uniform float haze_per_m; uniform vec3 eye_m; uniform mat4 shadow_from_world;
uniform sampler2DShadow shadow_map;
float lit(vec3 at_m, float bias) {
  vec4 place = shadow_from_world * vec4(at_m, 1.0);
  vec3 q = place.xyz * 0.5 + 0.5;
  if (q.x <= 0.0 || q.x >= 1.0 || q.y <= 0.0 || q.y >= 1.0 || q.z >= 1.0) return 1.0;
  // The linear filter compares four texels: an edge as soft as the sun's own at such heights.
  return texture(shadow_map, vec3(q.xy, q.z - bias));
}
vec3 hazed(vec3 rgb, float range_m) {
  return mix(sky_rgb, rgb, exp(-haze_per_m * range_m));
}
"""

# What is below the ground or the water is cut off: the ground itself is drawn without depth.
OBJECT_VERTEX = """
#version 330
uniform mat4 clip_from_world;
in vec3 at_m; in vec4 paint; in vec2 uv;
out vec3 world_m; out vec4 colour; out vec2 tile_uv;
void main() {
  world_m = at_m; colour = paint; tile_uv = uv;
  gl_Position = clip_from_world * vec4(at_m, 1.0); gl_ClipDistance[0] = at_m.z + 0.01;
}
"""

# The flat normal is that of the triangle on the screen; at the rim of a multisampled triangle it can vanish.
OBJECT_FRAGMENT = (
    "#version 330\n"
    + LIGHTING
    + """
uniform sampler2D skin; uniform float textured; uniform float shadow_bias;
in vec3 world_m; in vec4 colour; in vec2 tile_uv;
out vec4 result;
void main() {
  vec3 to_eye = eye_m - world_m;
  float range_m = length(to_eye);
  vec3 normal = cross(dFdx(world_m), dFdy(world_m));
  float size = length(normal);
  normal = size > 0.0 ? normal / size : vec3(0.0, 0.0, 1.0);
  if (dot(normal, to_eye) < 0.0) normal = -normal;
  vec3 rgb = colour.rgb * colour.rgb;
  if (textured > 0.5) { vec3 t = texture(skin, tile_uv).rgb; rgb *= t * t; }
  float facing = max(dot(normal, to_sun), 0.0);
  float sun = facing > 0.0 ? facing * lit(world_m + normal * 0.05, shadow_bias) : 0.0;
  vec3 light = ambient_rgb * (0.7 + 0.3 * normal.z) + sun_rgb * sun;
  result = vec4(sqrt(clamp(hazed(rgb * light, range_m), 0.0, 1.0)), 1.0);
}
"""
)

PLANE_VERTEX = """
#version 330
in vec2 corner;
void main() { gl_Position = vec4(corner, 1.0, 1.0); }
"""

# Sky, and ground found by the ray through the pixel. Water is the fourth material: it mirrors the sky by
# Schlick's approximation and glints where its ripples face between sun and eye.
GROUND_FRAGMENT = (
    "#version 330\n"
    + LIGHTING
    + """
uniform mat3 world_from_pixel; uniform float side_m; uniform vec2 middle_m;
uniform sampler2D weights; uniform sampler2D shade;
uniform sampler2D tile_0; uniform sampler2D tile_1; uniform sampler2D tile_2; uniform sampler2D tile_3;
uniform mat2 uv_0; uniform mat2 uv_1; uniform mat2 uv_2; uniform mat2 uv_3;
uniform vec3 tint_0; uniform vec3 tint_1; uniform vec3 tint_2; uniform vec3 tint_3;
uniform float again_0; uniform float again_1; uniform float again_2; uniform float again_3;
uniform float ripple; uniform vec3 zenith_rgb; uniform float shadow_bias;
out vec4 result;
vec2 mirrored(vec2 uv) { return 1.0 - abs(mod(uv, 2.0) - 1.0); }
vec3 laid(sampler2D tile, mat2 turn, vec3 tint, float again, vec2 at, vec2 dx, vec2 dy) {
  vec3 t = textureGrad(tile, mirrored(turn * at), turn * dx, turn * dy).rgb;
  if (again > 0.0) {
    // The same tile turned and larger over itself: its repeats no longer line up.
    mat2 other = mat2(0.23, 0.29, -0.29, 0.23) * turn;
    t = mix(t, textureGrad(tile, mirrored(other * at), other * dx, other * dy).rgb, again);
    t = clamp((t - 0.48) * 1.25 + 0.48, 0.0, 1.0);
  }
  return t * t * tint;
}
vec3 sky(vec3 ray) { return mix(sky_rgb, zenith_rgb, clamp(ray.z * 1.6, 0.0, 1.0)); }
vec3 water(vec2 at, vec2 dx, vec2 dy, vec3 ray, float sun) {
  vec3 base = laid(tile_3, uv_3, tint_3, again_3, at, dx, dy);
  float e = max(length(dx) + length(dy), 0.12);
  float h = textureGrad(tile_3, mirrored(uv_3 * at), uv_3 * dx, uv_3 * dy).g;
  float hx = textureGrad(tile_3, mirrored(uv_3 * (at + vec2(e, 0))), uv_3 * dx, uv_3 * dy).g;
  float hy = textureGrad(tile_3, mirrored(uv_3 * (at + vec2(0, e))), uv_3 * dx, uv_3 * dy).g;
  vec3 n = normalize(vec3((h - hx) * ripple, (h - hy) * ripple, 1.0));
  vec3 up = reflect(ray, n); up.z = abs(up.z);
  float mirror = 0.02 + 0.98 * pow(1.0 - max(dot(-ray, n), 0.0), 5.0);
  float glint = pow(max(dot(up, to_sun), 0.0), 160.0) * 3.0;
  return mix(base * (ambient_rgb + sun_rgb * to_sun.z * (0.55 + 0.45 * sun)), sky(up), mirror)
    + sun_rgb * glint * sun;
}
void main() {
  vec3 ray = normalize(world_from_pixel * vec3(gl_FragCoord.xy, 1.0));
  if (ray.z > -0.004) { result = vec4(sqrt(clamp(sky(ray), 0.0, 1.0)), 1.0); return; }
  float range_m = -eye_m.z / ray.z;
  vec2 at = eye_m.xy + ray.xy * range_m;
  vec3 right = normalize(world_from_pixel * vec3(gl_FragCoord.xy + vec2(1, 0), 1.0));
  vec3 below = normalize(world_from_pixel * vec3(gl_FragCoord.xy + vec2(0, 1), 1.0));
  vec2 dx = eye_m.xy - right.xy * eye_m.z / min(right.z, -0.003) - at;
  vec2 dy = eye_m.xy - below.xy * eye_m.z / min(below.z, -0.003) - at;
  vec2 cell = (at - middle_m) / side_m + 0.5;
  vec4 w = textureLod(weights, cell, 0.0);
  w /= max(w.x + w.y + w.z + w.w, 0.01);
  float sun = lit(vec3(at, 0.0), shadow_bias);
  // Towards the horizon a pixel is long: a finer level keeps the pattern across it, at the price of noise.
  dy *= 0.35;
  vec3 rgb = vec3(0.0);
  if (w.x > 0.01) rgb += w.x * laid(tile_0, uv_0, tint_0, again_0, at, dx, dy);
  if (w.y > 0.01) rgb += w.y * laid(tile_1, uv_1, tint_1, again_1, at, dx, dy);
  if (w.z > 0.01) rgb += w.z * laid(tile_2, uv_2, tint_2, again_2, at, dx, dy);
  rgb *= ambient_rgb + sun_rgb * max(to_sun.z, 0.0) * sun;
  if (w.w > 0.01) rgb += w.w * water(at, dx, dy, ray, sun);
  rgb *= 0.4 + 1.2 * textureLod(shade, cell, 0.0).r;
  result = vec4(sqrt(clamp(hazed(rgb, range_m), 0.0, 1.0)), 1.0);
}
"""
)

DEPTH_VERTEX = """
#version 330
uniform mat4 clip_from_world;
in vec3 at_m;
void main() { gl_Position = clip_from_world * vec4(at_m, 1.0); }
"""

DEPTH_FRAGMENT = """
#version 330
void main() {}
"""

INSTANCE_VERTEX = """
#version 330
uniform mat4 clip_from_world;
in vec3 at_m; in float instance;
flat out int number;
void main() {
  number = int(instance + 0.5);
  gl_Position = clip_from_world * vec4(at_m, 1.0); gl_ClipDistance[0] = at_m.z + 0.01;
}
"""

INSTANCE_FRAGMENT = """
#version 330
flat in int number;
out int result;
void main() { result = number; }
"""
