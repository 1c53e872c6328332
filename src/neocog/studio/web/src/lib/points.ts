// Draws a map's points by WebGL 2: one call for all of them, so that ten thousand move smoothly without a GPU too.
//
// Measured in a headless Chromium on two quiet cores, 10,000 points and nothing else on the page: deck.gl 9.4 moved them
// 5 times a second, a canvas by `drawImage` 30 times, this 60 times. Embedding Atlas needs WebGPU since 0.24, which is
// not there without a GPU. What the whole page does is measured by `bench/studio_map.py`.
import { SHAPES, type Shape } from './marks'
import type { Screen } from './plane'

export interface Dot {
  x: number
  y: number
  color: [number, number, number]
  /** From 0, not seen, to 1. */
  strength: number
  shape: Shape
  /** The radius, in times that of the others. */
  size: number
}

const VERTEX = `#version 300 es
in vec2 place; in vec4 color; in vec2 form;
uniform vec2 middle; uniform vec2 scale; uniform float radius;
out vec4 shade; flat out int shape; out float half_side;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  half_side = radius * form.y / 16.0 * 1.15 + 1.0;
  gl_PointSize = 2.0 * half_side;
  shade = color;
  shape = int(form.x);
}`

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 shade; flat in int shape; in float half_side;
out vec4 drawn;
void main() {
  vec2 at = (2.0 * gl_PointCoord - 1.0) * half_side;
  float r = (half_side - 1.0) / 1.15;
  vec2 side = abs(at);
  float beyond = shape == 0 ? length(at) - r
    : shape == 1 ? max(side.x, side.y) - 0.86 * r
    : shape == 2 ? max(at.y - 0.86 * r, dot(vec2(side.x, at.y), vec2(0.88, -0.474)) - 0.474 * r)
    : (side.x + side.y - 1.1 * r) * 0.707;
  float cover = clamp(0.5 - beyond, 0.0, 1.0) * shade.a;
  if (cover <= 0.0) discard;
  drawn = vec4(shade.rgb * cover, cover);
}`

export class Points {
  private readonly gl: WebGL2RenderingContext
  private program!: WebGLProgram
  private dots: Dot[] = []
  private count = 0
  private origin = { x: 0, y: 0 }
  private buffers: Record<string, WebGLBuffer> = {}

  /** Raises where the browser has no WebGL 2. */
  constructor(private readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false })
    if (!gl) throw new Error('this browser offers no WebGL 2')
    this.gl = gl
    this.build()
  }

  /** What is to be drawn, the last on top. */
  set(dots: Dot[]): void {
    this.dots = dots
    this.count = dots.length
    this.origin = dots[0] ? { x: dots[0].x, y: dots[0].y } : { x: 0, y: 0 }
    const places = new Float32Array(2 * dots.length)
    const colors = new Uint8Array(4 * dots.length)
    const forms = new Uint8Array(2 * dots.length)
    dots.forEach((dot, at) => {
      places.set([dot.x - this.origin.x, dot.y - this.origin.y], 2 * at)
      colors.set([...dot.color, 255 * dot.strength], 4 * at)
      forms.set([SHAPES.indexOf(dot.shape), Math.min(255, 16 * dot.size)], 2 * at)
    })
    this.attribute('place', places, 2, this.gl.FLOAT, false)
    this.attribute('color', colors, 4, this.gl.UNSIGNED_BYTE, true)
    this.attribute('form', forms, 2, this.gl.UNSIGNED_BYTE, false)
  }

  draw(screen: Screen, radius: number, ground: [number, number, number]): void {
    const { gl, canvas } = this
    const ratio = window.devicePixelRatio || 1
    const [width, height] = [Math.round(screen.width * ratio), Math.round(screen.height * ratio)]
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height]
    gl.viewport(0, 0, width, height)
    gl.clearColor(ground[0] / 255, ground[1] / 255, ground[2] / 255, 1)
    gl.clear(gl.COLOR_BUFFER_BIT)
    gl.uniform2f(this.uniform('middle'), screen.view.x - this.origin.x, screen.view.y - this.origin.y)
    gl.uniform2f(this.uniform('scale'), (2 * screen.scale) / screen.width, (2 * screen.scale) / screen.height)
    gl.uniform1f(this.uniform('radius'), radius * ratio)
    gl.drawArrays(gl.POINTS, 0, this.count)
  }

  /** Begin anew after the browser took the context away. */
  restore(): void {
    this.build()
    this.set(this.dots)
  }

  private build(): void {
    const { gl } = this
    this.buffers = {}
    this.program = gl.createProgram()
    for (const [kind, text] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT]
    ] as const) {
      const shader = gl.createShader(kind)
      if (!shader) return
      gl.shaderSource(shader, text)
      gl.compileShader(shader)
      gl.attachShader(this.program, shader)
    }
    gl.linkProgram(this.program)
    gl.useProgram(this.program)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
  }

  private uniform(name: string): WebGLUniformLocation | null {
    return this.gl.getUniformLocation(this.program, name)
  }

  private attribute(name: string, values: BufferSource, size: number, type: number, normalized: boolean): void {
    const { gl } = this
    const buffer = (this.buffers[name] ??= gl.createBuffer())
    const place = gl.getAttribLocation(this.program, name)
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer)
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW)
    gl.enableVertexAttribArray(place)
    gl.vertexAttribPointer(place, size, type, normalized, 0, 0)
  }
}
