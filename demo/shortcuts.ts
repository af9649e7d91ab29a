import { byId } from './dom.ts'

/** Keys that act anywhere on the page but in a field, unless the user turns them off. */
export function createShortcuts(actions: Readonly<Record<string, () => void>>): void {
  const enabled = byId('shortcuts', HTMLInputElement)
  document.addEventListener('keydown', (event) => {
    const action = actions[event.key.toLowerCase()]
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing
    if (!action || !enabled.checked || modified || event.defaultPrevented || takesText(event.target)) return
    event.preventDefault()
    action()
  })
}

function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox'
  return target.isContentEditable || target.matches('textarea, select')
}
