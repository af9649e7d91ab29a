import { byId, create, createButton } from './dom.ts'
import type { ErrorAdvice } from './error-advice.ts'

export interface ErrorBannerOptions {
  readonly canRetry: () => boolean
  readonly onRetry: () => void
  readonly onTypeInstead: () => void
}

/** What went wrong last, and what to do next. */
export class ErrorBanner {
  readonly #root = byId('banner', HTMLElement)
  readonly #options: ErrorBannerOptions

  constructor(options: ErrorBannerOptions) {
    this.#options = options
  }

  show({ title, message, retryable, microphone }: ErrorAdvice): void {
    const actions = create('div', 'banner-actions')
    const { canRetry, onRetry, onTypeInstead } = this.#options
    if (retryable && canRetry()) actions.append(this.#action('Try again', onRetry))
    if (microphone && canRetry()) actions.append(this.#action('Type instead', onTypeInstead))
    actions.append(this.#action('Dismiss', () => {}))
    const text = create(
      'div',
      'banner-text',
      '',
      create('p', 'banner-title', title),
      create('p', '', message),
    )
    this.#root.replaceChildren(text, actions)
  }

  hide(): void {
    this.#root.replaceChildren()
  }

  #action(label: string, act: () => void): HTMLButtonElement {
    return createButton(label, () => {
      this.hide()
      // The button that had the focus is gone.
      byId('start', HTMLButtonElement).focus()
      act()
    })
  }
}
