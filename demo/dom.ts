/** The element with this id, of this type. A page without it is broken, so that is an error. */
export function byId<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.querySelector(`#${id}`)
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} with the id "${id}".`)
  return found
}

/** A new element with a class, text that is never read as markup, and children. */
export function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  text = '',
  ...children: readonly Node[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  if (className) element.className = className
  element.textContent = text
  element.append(...children)
  return element
}

/** A new button that does not submit a form. */
export function createButton(label: string, onPress: () => void): HTMLButtonElement {
  const button = create('button', 'button', label)
  button.type = 'button'
  button.addEventListener('click', onPress)
  return button
}
