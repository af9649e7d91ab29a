/** Levels of one moment, as bars from 0 to 1. */
interface Moment {
  agent: number
  user: number
  cut: boolean
}

const COLUMN_PX = 5
const STROKE_PX = 2.5
const MOMENT_MS = 60
const REST_PX = 1

/**
 * The last seconds of the conversation as a score in two voices: the agent's above the line, the user's
 * below, a rule where an answer was cut off.
 */
export class Score {
  readonly #canvas: HTMLCanvasElement
  readonly #inks: readonly [agent: Element, user: Element]
  #moments: Moment[] = []
  #current: Moment = { agent: 0, user: 0, cut: false }
  #nextAt = 0

  /** @param inks Elements whose text colour the voices take. */
  constructor(canvas: HTMLCanvasElement, inks: readonly [agent: Element, user: Element]) {
    this.#canvas = canvas
    this.#inks = inks
    new ResizeObserver(() => this.#draw()).observe(canvas)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw())
    matchMedia('(forced-colors: active)').addEventListener('change', () => this.#draw())
  }

  /** Adds what is heard now; draws when a moment is full. */
  write(agent: number, user: number, now: number): void {
    this.#current.agent = Math.max(this.#current.agent, agent)
    this.#current.user = Math.max(this.#current.user, user)
    if (now < this.#nextAt) return
    this.#nextAt = now + MOMENT_MS
    this.#moments.push(this.#current)
    this.#current = { agent: 0, user: 0, cut: false }
    this.#draw()
  }

  markInterruption(): void {
    this.#current.cut = true
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas
    const context = this.#canvas.getContext('2d')
    if (!context || width === 0) return
    this.#canvas.width = width * devicePixelRatio
    this.#canvas.height = height * devicePixelRatio
    context.scale(devicePixelRatio, devicePixelRatio)
    context.lineWidth = STROKE_PX
    context.lineCap = 'round'

    const columns = Math.ceil(width / COLUMN_PX)
    this.#moments = this.#moments.slice(-columns)
    const [agentInk, userInk] = this.#inks.map((element) => getComputedStyle(element).color)
    const middle = height / 2
    const reach = middle - STROKE_PX * 2
    for (let column = 0; column < columns; column++) {
      const x = width - column * COLUMN_PX - STROKE_PX
      const moment = this.#moments[this.#moments.length - 1 - column]
      // Old moments fade, so that the present stands out.
      context.globalAlpha = moment ? 1 - 0.75 * (column / columns) : 0.25
      const gap = STROKE_PX
      line(context, agentInk, x, middle - gap, middle - gap - REST_PX - (moment?.agent ?? 0) * reach)
      line(context, userInk, x, middle + gap, middle + gap + REST_PX + (moment?.user ?? 0) * reach)
      if (moment?.cut) line(context, getComputedStyle(this.#canvas).color, x, 1, height - 1, 1)
    }
  }
}

function line(
  context: CanvasRenderingContext2D,
  ink: string | undefined,
  x: number,
  from: number,
  to: number,
  width = STROKE_PX,
): void {
  context.strokeStyle = ink ?? '#808080'
  context.lineWidth = width
  context.beginPath()
  context.moveTo(x, from)
  context.lineTo(x, to)
  context.stroke()
}
