// What is cut off, lies beyond its own control or the window, or moves, in the state that the page is in: a list of
// sentences. Text may end in an ellipsis where a title says the whole.
(() => {
  const found = []
  const describe = (e) => `${e.localName}${e.id && '#' + e.id}.${e.className?.baseVal ?? e.className}`
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  // Text that is for screen readers alone is cut off on purpose.
  const forReaders = (e) => {
    for (; e; e = e.parentElement) if (getComputedStyle(e).position === 'absolute' && e.clientWidth <= 1) return true
    return false
  }
  const unseen = (e) => e.closest('.skip, [aria-hidden=true], svg, option, textarea, select') || forReaders(e)
  const outside = (box, around) => box.right > around.right + 1.5 || box.left < around.left - 1.5 || box.bottom > around.bottom + 1.5 || box.top < around.top - 1.5
  const toldWhole = (e, text) => getComputedStyle(e).textOverflow === 'ellipsis' && e.closest('[title]')?.title.replace(/\s+/g, ' ').includes(text)

  const walker = document.createTreeWalker(document.querySelector('dialog[open]') ?? document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const own = node.parentElement
    const text = node.data.trim().replace(/\s+/g, ' ')
    if (!text || !shown(own) || unseen(own)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const box = range.getBoundingClientRect()
    if (box.width === 0) continue
    let reachable = false // by scrolling, or by its title
    for (let e = own; e && e !== document.body; e = e.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(e)
      if (/auto|scroll/.test(overflowX + overflowY) || (toldWhole(e, text) && outside(box, e.getBoundingClientRect()))) {
        reachable = true
        break
      }
      const cuts = /hidden|clip/.test(overflowX + overflowY)
      if ((cuts || e.matches('button, a.button, label, .badge, .status, .chip')) && outside(box, e.getBoundingClientRect())) {
        found.push(`"${text.slice(0, 40)}" does not fit into ${describe(e)}`)
        break
      }
    }
    if (!reachable && (box.right > innerWidth + 1.5 || box.left < -1.5)) found.push(`"${text.slice(0, 40)}" in ${describe(own)} lies beyond the window`)
  }

  const lasts = (durations) => durations.split(',').some((d) => parseFloat(d) > 0.001)
  for (const e of document.querySelectorAll('body *')) {
    const { transitionDuration, animationDuration, animationName } = getComputedStyle(e)
    if (lasts(transitionDuration) || (animationName !== 'none' && lasts(animationDuration))) found.push(`${describe(e)} moves`)
  }
  const sideways = document.documentElement.scrollWidth - innerWidth
  if (sideways > 0) found.push(`the page scrolls ${sideways} px sideways`)
  return [...new Set(found)]
})()
