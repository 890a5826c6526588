// What pages of Latchkey do beyond plain links and forms. Everything here is an addition: a page works without it.
// The data- attributes are the contract with views/ui. Handlers hang on the document, so that content fetched later
// needs no wiring. The Content-Security-Policy allows neither eval nor inline script, and nothing is kept in storage.
(() => {
  'use strict'

  const root = document.documentElement
  const one = (selector, from = document) => from.querySelector(selector)
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector))
  const byId = (id) => document.getElementById(id)
  const on = (type, selector, handler, capture = false) =>
    document.addEventListener(type, (event) => {
      const element = event.target instanceof Element && event.target.closest(selector)
      if (element) handler(element, event)
    }, capture)
  const words = () => byId('problem-template')?.dataset || {}
  const plainClick = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  const typing = (element) => element?.matches?.('input:not([type=checkbox]), textarea, select, [contenteditable]')

  // focusOn moves focus to the first of the candidates (elements or selectors) that is there, and says whether one was.
  function focusOn(...candidates) {
    for (const candidate of candidates) {
      const element = typeof candidate === 'string' && candidate ? one(candidate) : candidate
      if (!element || !element.isConnected) continue
      if (element === document.body) { document.activeElement.blur(); return true } // nothing had it, and nothing gets it
      element.focus()
      if (document.activeElement === element) return true
    }
    return false
  }
  const focusHeading = () => focusOn(byId('page-heading'))

  // --- Live region: one sentence at a time, the last one wins, heard inside an open dialog too.
  let announcing = 0
  function announce(text) {
    if (!text) return
    const region = topDialog()?.querySelector('[data-live]') || byId('live')
    if (!region) return
    clearTimeout(announcing)
    region.textContent = ''
    announcing = setTimeout(() => { region.textContent = text }, 120)
  }

  function toast(text) {
    const template = byId('toast-template')
    if (!template || !text) return
    const item = template.content.firstElementChild.cloneNode(true)
    one('[data-toast-text]', item).textContent = text
    byId('toasts').append(item)
    leaveLater(item)
  }
  // Eight seconds, counted anew from when somebody stops to point at it or takes the focus out of it.
  function leaveLater(item) {
    let timer = 0
    const count = () => { timer = setTimeout(() => item.remove(), 8000) }
    const hold = () => clearTimeout(timer)
    const resume = () => setTimeout(() => { hold(); if (!item.matches(':hover, :focus-within')) count() })
    for (const type of ['pointerenter', 'focusin']) item.addEventListener(type, hold)
    for (const type of ['pointerleave', 'focusout']) item.addEventListener(type, resume)
    count()
  }
  // dismiss takes away what has the focus, and gives the focus back to where it was before.
  function dismiss(item) {
    const back = before
    item.remove()
    focusOn(back) || focusHeading()
  }
  on('click', '[data-toast-dismiss]', (button) => dismiss(button.closest('[data-toast]')))

  // --- Dialogs: #dialog for the page's own, #overlay above it for a session that ended. Only their content is replaced.
  const openers = new WeakMap() // dialog -> the element that opened it
  const hosts = () => all('dialog.dialog-host')
  const topDialog = () => hosts().filter((host) => host.open).pop()
  const contentOf = (host) => host && one('[data-dialog-content]', host)
  const kindOf = (host) => contentOf(host)?.dataset.dialogContent

  function fetchDialog(href, opener) {
    if (opener.dataset.fetching) return
    opener.dataset.fetching = 'true'
    const host = byId('dialog')
    if (!host.open) openers.set(host, openerToReturnTo(opener))
    htmx.ajax('GET', href, { source: opener, target: '#dialog-content', swap: 'innerHTML', push: null, replace: null })
      .finally(() => { delete opener.dataset.fetching })
  }

  // A menu item is gone when its dialog closes; the button of its menu is not.
  const openerToReturnTo = (opener) => {
    const menu = opener.closest('[role=menu]')
    return menu ? menuButton(menu) || opener : opener
  }

  function showDialog(host) {
    const content = contentOf(host)
    if (!content) return
    host.setAttribute('role', content.dataset.dialogContent === 'alert' ? 'alertdialog' : 'dialog')
    host.setAttribute('aria-labelledby', content.dataset.labelledby)
    if (content.dataset.describedby) host.setAttribute('aria-describedby', content.dataset.describedby)
    else host.removeAttribute('aria-describedby')
    host.fallback = content.dataset.focusFallback // what is there when the dialog closes may only say that it is done
    if (!host.open) host.showModal()
    placeSessionWarning()
    focusInto(content)
  }

  const fields = 'input:not([type=hidden], [disabled], [readonly]), select:not([disabled]), textarea:not([disabled])'
  function focusInto(content) {
    const wanted = one('[data-autofocus][role=alert]', content) || one('[data-autofocus]', content)
    const first = all(fields, content).find((field) => field.getClientRects().length > 0)
    if (content.dataset.dialogContent === 'alert') return focusOn(one('[role=alert]', content), one('[data-cancel]', content), wanted)
    return focusOn(wanted, first, one('.dialog-heading', content))
  }

  // askToClose is every way out that a person can take; closeDialog is the way out that has been decided.
  function askToClose(host) {
    if (kindOf(host) === 'secret') return focusOn(one('[data-stored]', host))
    return letGo(host, () => closeDialog(host))
  }
  // letGo goes on at once, or once the person lets go of what they typed.
  function letGo(host, go) {
    return host && all('form[data-guard]', host).some(isDirty) ? askToDiscard(host, go) : go()
  }

  async function closeDialog(host, done = {}) {
    const opener = openers.get(host)
    const fallback = host.fallback
    const refresh = done.refresh ?? contentOf(host)?.hasAttribute('data-refresh-on-close')
    const next = nextRow(fallback)
    wipeSecrets(host)
    one('.dialog-slot', host).replaceChildren()
    host.close()
    placeSessionWarning()
    if (refresh) await refreshList()
    focusOn(done.focus, opener, opener?.id && byId(opener.id), fallback, next, byId('new-application')) || focusHeading()
    announce(done.announce)
  }

  // nextRow is where the focus goes when the row that a dialog is about has gone: the name in the row below it, or above.
  function nextRow(fallback) {
    const row = fallback && one(fallback)?.closest('tr')
    const link = row && one('.row-link', row.nextElementSibling || row.previousElementSibling || row)
    return link && `.row-link[href="${CSS.escape(link.getAttribute('href'))}"]`
  }

  async function refreshList() {
    const list = byId('list')
    if (!list) return location.reload()
    const open = all('[role=treeitem][aria-expanded=true]', list).map((item) => item.id)
    await htmx.ajax('GET', location.pathname + location.search, { source: list, target: '#list', swap: 'outerHTML', push: null, replace: null })
    // What the person had open of a tree, the outer branches first. Each is asked for anew: it may be what has changed.
    for (const id of open.slice(0, 30)) if (byId(id)?.getAttribute('aria-expanded') === 'false') await treeOpen(byId(id), true)
  }

  // finish carries out what a DialogDone says: leave its message on the page, close, refresh, focus, announce.
  function finish(host, done) {
    if (done.dataset.leave) return leave(host, done)
    const messages = byId('messages')
    if (messages && done.childElementCount) messages.append(...done.childNodes)
    const { focus, doneAnnounce } = done.dataset
    done.remove()
    return closeDialog(host, { focus, announce: doneAnnounce, refresh: host.id === 'dialog' && !done.hasAttribute('data-keep-list') })
  }

  // leave goes to another page, in place of the one whose subject has just gone, and takes the message along in the entry
  // of the history: it is there for that page alone, and read once.
  function leave(host, done) {
    const message = new XMLSerializer().serializeToString(done)
    const words = done.dataset.doneAnnounce
    const to = done.dataset.leave
    wipeSecrets(host)
    one('.dialog-slot', host).replaceChildren() // nothing that was typed keeps the person here
    history.replaceState({ message, words }, '', to)
    location.reload()
  }
  function arrive() {
    const { message, words } = history.state || {}
    const messages = byId('messages')
    if (!message || !messages) return
    history.replaceState(null, '')
    messages.append(...new DOMParser().parseFromString(message, 'text/html').body.firstElementChild.childNodes)
    focusHeading()
    announce(words)
  }

  on('click', '[data-dialog]', (element, event) => {
    if (!plainClick(event) || !byId('dialog')) return
    event.preventDefault()
    hidePopovers()
    letGo(element.closest('dialog'), () => fetchDialog(element.formAction && element.matches('button') ? actionAddress(element) : element.href, element))
  })
  // Another form in the same dialog, such as a trash button, would take what was typed away with its answer.
  document.addEventListener('submit', (event) => {
    const form = event.target
    const host = !form.matches('[data-guard]') && form.closest('[data-dialog-content]')?.closest('dialog')
    if (!host || !all('form[data-guard]', host).some(isDirty)) return
    event.preventDefault()
    event.stopImmediatePropagation()
    askToDiscard(host, () => {
      for (const other of all('form[data-guard]', host)) other.removeAttribute('data-guard')
      form.requestSubmit(event.submitter)
    })
  }, true)
  on('click', '[data-dialog-close]', (element, event) => {
    const host = element.closest('dialog')
    if (!host) return
    event.preventDefault()
    askToClose(host)
  })

  // A link acts when Enter goes down, a button a moment later: with the focus back on the button that opened the dialog or
  // the menu, the same Enter would open it again. So these links wait until the key is up.
  let enterOn = null
  const waitingLinks = 'a[data-dialog-close], [role=menu] a'
  on('keydown', waitingLinks, (link, event) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    enterOn = link
  })
  on('keyup', waitingLinks, (link, event) => {
    const pressed = event.key === 'Enter' && enterOn === link
    enterOn = null
    if (pressed) link.click()
  })

  let pressedBackdrop = null
  document.addEventListener('pointerdown', (event) => { pressedBackdrop = event.target })
  document.addEventListener('click', (event) => {
    const host = event.target
    if (host instanceof HTMLDialogElement && pressedBackdrop === host && host.open && host.id !== 'discard') askToClose(host)
  })
  // The dialogs carry closedby="none"; a browser that does not know it closes on the second Escape all the same. One that
  // closes with its content still in it was not closed by us.
  document.addEventListener('cancel', (event) => { if (event.target.matches?.('.dialog-host')) event.preventDefault() }, true)
  document.addEventListener('close', (event) => {
    const host = event.target
    if (host.matches?.('.dialog-host') && contentOf(host)) host.showModal()
  }, true)

  // --- Unsaved input
  function isDirty(form) {
    if (form.hasAttribute('data-dirty')) return true
    return Array.from(form.elements).some((field) => {
      if (field.dataset.initial !== undefined) return field.value !== field.dataset.initial
      if (field.type === 'hidden' || field.type === 'submit' || field.type === 'button') return false
      if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked
      if (field.tagName === 'SELECT') return field.selectedIndex !== Math.max(0, Array.from(field.options).findIndex((o) => o.defaultSelected))
      return field.value !== field.defaultValue
    })
  }

  function askToDiscard(host, go) {
    const discard = byId('discard')
    discard.dataset.from = host.id
    discard.go = go
    discard.showModal()
    focusOn(one('[data-discard-keep]', discard))
  }
  let before = null // what had the focus before it has now
  document.addEventListener('focusout', (event) => { if (!event.target.matches('dialog, #discard *')) before = event.target })
  function answerDiscard() {
    const discard = byId('discard')
    discard.close()
    return byId(discard.dataset.from)
  }
  function keepEditing() {
    const host = answerDiscard()
    if (!focusOn(before)) focusInto(contentOf(host))
  }
  on('click', '[data-discard-keep]', keepEditing)
  on('click', '[data-discard-drop]', () => { answerDiscard(); byId('discard').go() })

  let leaving = false // a form of this page is on its way; that is no loss
  const unsaved = () => !leaving && (all('form[data-guard]').some((form) => form.getClientRects().length && isDirty(form)) || secretAtRisk())
  window.addEventListener('beforeunload', (event) => { if (unsaved() || transfers.size) event.preventDefault() })
  // Back inside the page's own history is no unload; the Navigation API lets it be refused while there is something to lose.
  window.navigation?.addEventListener('navigate', (event) => {
    const host = topDialog()
    if (event.navigationType !== 'traverse' || !event.cancelable || !event.canIntercept || !host || !unsaved()) return
    event.preventDefault()
    event.stopImmediatePropagation()
    askToClose(host)
  })

  // --- One-time secret
  const secretAtRisk = () => all('[data-secret]').some((panel) => one('[data-secret-value]', panel)?.value && !one('[data-stored]', panel)?.checked)

  function wipeSecrets(from) {
    for (const panel of all('[data-secret]', from)) {
      for (const field of all('[data-secret-value]', panel)) {
        field.value = ''
        field.removeAttribute('value')
      }
      for (const plain of all('[data-secret-plain]', panel)) plain.textContent = ''
    }
  }

  on('click', '[data-reveal]', (button) => {
    const field = byId(button.dataset.reveal)
    const hidden = field.type === 'password'
    field.type = hidden ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(hidden))
    one('[data-reveal-show]', button).hidden = hidden
    one('[data-reveal-hide]', button).hidden = !hidden
    showPlain(field, hidden)
  })
  // A one-line input cannot wrap; the shown secret stands beside it in an element that can.
  function showPlain(field, shown) {
    const plain = field.parentElement.querySelector('[data-secret-plain]')
    if (!plain) return
    plain.textContent = shown ? field.value : ''
    plain.hidden = !shown
    field.hidden = shown
  }

  on('submit', '[data-secret-form]', (form, event) => {
    const box = one('[data-stored]', form)
    const missing = one('[data-stored-missing]', form)
    if (!box.checked) {
      event.preventDefault()
      missing.hidden = false
      box.setAttribute('aria-invalid', 'true')
      box.setAttribute('aria-describedby', missing.id)
      box.focus()
      missing.scrollIntoView({ block: 'nearest' })
      announce(missing.textContent.trim())
      return
    }
    const host = form.closest('dialog')
    leaving = !host
    wipeSecrets(document)
    if (!host) return
    event.preventDefault()
    closeDialog(host, { focus: contentOf(host).dataset.focusFallback })
  })
  on('change', '[data-stored]', (box) => {
    if (!box.checked) return
    box.removeAttribute('aria-invalid')
    box.removeAttribute('aria-describedby')
    one('[data-stored-missing]', box.form).hidden = true
  })

  on('click', '[data-download]', (button) => {
    const panel = button.closest('[data-secret]')
    const values = all('[data-env]', panel).map((field) => [field.dataset.env, valueOf(field)])
    const json = button.dataset.download === 'json'
    const text = json
      ? JSON.stringify(Object.fromEntries(values.map(([name, value]) => [camel(name), value])), null, 2) + '\n'
      : values.map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`).join('')
    saveText(`${panel.dataset.file.replace(/[^A-Za-z0-9_-]/g, '_')}.${json ? 'json' : 'env'}`, text, json ? 'application/json' : 'text/plain')
  })
  const camel = (name) => name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase())
  const saveText = (name, text, type) => save(name, new Blob([text], { type }))
  function save(name, blob) {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  }

  // A page that is left may be kept whole by the browser; what was shown once must not be in it.
  window.addEventListener('pagehide', () => {
    for (const panel of all('[data-secret]')) {
      const host = panel.closest('dialog')
      wipeSecrets(document)
      if (!host) { panel.replaceChildren(); continue }
      one('.dialog-slot', host).replaceChildren()
      host.close()
    }
  })
  window.addEventListener('pageshow', () => {
    leaving = false
    for (const form of all('form[data-sent]')) release(form)
  })

  // --- Copying
  const valueOf = (element) => element.value ?? element.textContent
  on('click', '[data-copy]', async (button) => {
    const source = byId(button.dataset.copy)
    if (!source) return
    try {
      await navigator.clipboard.writeText(valueOf(source))
      say(button, button.dataset.copied || 'Copied')
    } catch {
      select(source)
      say(button, button.dataset.copyFailed || 'Press Ctrl+C')
    }
  })
  function say(button, text) {
    const word = one('[data-copy-word]', button)
    if (!word && !topDialog()) return toast(text) // which is a status itself
    announce(text)
    if (!word) return
    button.dataset.word ??= word.textContent
    word.textContent = text
    clearTimeout(button.speaking)
    button.speaking = setTimeout(() => { word.textContent = button.dataset.word }, 2000)
  }
  function select(source) {
    if (source.type === 'password') one(`[data-reveal="${source.id}"]`)?.click()
    const shown = source.hidden ? source.parentElement.querySelector('[data-secret-plain]') : source
    if (shown.select) return shown.select()
    getSelection().selectAllChildren(shown)
  }

  // --- Popovers: menus and panels open by themselves; this adds state, focus and the keys of a menu (APG menu button).
  const menuButton = (menu) => menu.invoker || one(`[popovertarget="${menu.id}"]`)
  const hidePopovers = () => all(':popover-open').forEach((popover) => popover.hidePopover())
  const itemsOf = (menu) => all('[role^=menuitem]', menu).filter((item) => item.getClientRects().length > 0)
  let startAtEnd = false

  document.addEventListener('toggle', (event) => {
    const popover = event.target
    if (!popover.matches?.('[popover]')) return
    const button = menuButton(popover)
    const open = event.newState === 'open'
    button?.setAttribute('aria-expanded', String(open))
    if (!open) {
      if (document.activeElement === document.body || popover.contains(document.activeElement)) button?.focus()
      return
    }
    if (popover.matches('[role=menu]')) {
      const items = itemsOf(popover)
      typed = ''
      items.forEach((item) => { item.tabIndex = -1 })
      items.at(startAtEnd ? -1 : 0)?.focus()
      startAtEnd = false
    } else {
      focusOn(one('[data-autofocus]', popover), one(fields, popover), one('button', popover))
    }
  }, true)

  on('keydown', '[data-menu-button], [data-row-menu]', (button, event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    startAtEnd = event.key === 'ArrowUp'
    button.click()
  })
  on('click', '[role^=menuitem]', (item) => { item.closest('[popover]')?.hidePopover() })
  on('keydown', '[role=menu]', (menu, event) => {
    const items = itemsOf(menu)
    const at = items.indexOf(document.activeElement)
    const go = (index) => { event.preventDefault(); items.at(index % items.length)?.focus() }
    if (event.key === 'ArrowDown') go(at + 1)
    else if (event.key === 'ArrowUp') go(at - 1)
    else if (event.key === 'Home') go(0)
    else if (event.key === 'End') go(-1)
    else if (event.key === 'Tab') menu.hidePopover()
    else if (event.key === ' ' && document.activeElement.tagName === 'A') { event.preventDefault(); document.activeElement.click() }
    else typeAhead(event, items, at, (item) => item.focus())
  })

  let typed = ''
  let typedAt = 0
  function typeAhead(event, items, at, choose) {
    if (event.key.length !== 1 || event.key === ' ' || event.ctrlKey || event.metaKey || event.altKey) return
    typed = event.timeStamp - typedAt > 600 ? event.key : typed + event.key
    typedAt = event.timeStamp
    const wanted = typed.toLowerCase()
    const from = typed.length > 1 ? at : at + 1
    const found = items.map((_, i) => items[(from + i + items.length) % items.length]).find((item) => (item.dataset.label || item.textContent).trim().toLowerCase().startsWith(wanted))
    if (found) { event.preventDefault(); choose(found) }
  }

  // One menu serves all rows: its addresses carry {id}, its items may ask for a tag of the row.
  let openRowMenu = null
  on('pointerdown', '[data-row-menu]', (button) => { openRowMenu = byId('row-menu')?.matches(':popover-open') ? byId('row-menu').invoker : null })
  on('click', '[data-row-menu]', (button) => {
    const menu = byId('row-menu')
    if (!menu || openRowMenu === button) { openRowMenu = null; return }
    if (menu.matches(':popover-open')) menu.hidePopover()
    const box = one('[data-select-row]', button.closest('tr'))
    const tags = box.dataset.tags.split(' ')
    for (const item of all('[role=menuitem]', menu)) {
      item.template ??= item.getAttribute('href')
      item.setAttribute('href', item.template.replaceAll('{id}', encodeURIComponent(box.value)))
      item.hidden = Boolean(item.dataset.when) && !tags.includes(item.dataset.when)
    }
    menu.setAttribute('aria-label', button.getAttribute('aria-label'))
    menu.invoker = button
    menu.showPopover({ source: button })
  })

  // --- Selecting rows
  const boxes = () => all('[data-select-row]')
  let anchor = null
  let selectionHeard = ''

  function showSelection() {
    const rows = boxes()
    const chosen = rows.filter((box) => box.checked)
    const bar = one('[data-action-bar]')
    const head = one('[data-select-all]')
    if (head) {
      head.checked = rows.length > 0 && chosen.length === rows.length
      head.indeterminate = chosen.length > 0 && chosen.length < rows.length
    }
    if (!bar) return
    bar.toggleAttribute('data-selected', chosen.length > 0)
    const total = Number(bar.dataset.total)
    const matchAll = one('[data-match-all]', bar)
    const everything = Boolean(matchAll?.chosen)
    if (matchAll) matchAll.hidden = everything || !head?.checked
    const text = everything ? matchAll.dataset.matchAll : one('[data-count-text]', bar).dataset.countText.replace('{n}', chosen.length.toLocaleString(root.lang)).replace('{total}', total.toLocaleString(root.lang))
    one('[data-count-text]', bar).textContent = text
    const tags = new Set(chosen.flatMap((box) => (box.dataset.tags || '').split(' ')))
    for (const action of all('[data-count]', bar)) {
      const count = everything ? Infinity : chosen.length
      const fits = { one: count === 1, many: count > 1, any: true }[action.dataset.count]
      action.hidden = !fits || (!everything && Boolean(action.dataset.when) && !tags.has(action.dataset.when))
    }
    if (text !== selectionHeard && (chosen.length > 0 || selectionHeard)) announce(text)
    selectionHeard = chosen.length > 0 ? text : ''
  }
  function setMatchAll(chosen) {
    const button = one('[data-match-all]')
    const state = one('[data-match-all-fields]')
    if (!button) return
    button.chosen = one('[data-match-all-box]').checked = chosen
    state.disabled = !chosen
  }

  on('click', '[data-select-row]', (box, event) => {
    const rows = boxes()
    if (event.shiftKey && anchor?.isConnected) {
      const [from, to] = [rows.indexOf(anchor), rows.indexOf(box)].sort((a, b) => a - b)
      rows.slice(from, to + 1).forEach((other) => { other.checked = box.checked })
    }
    anchor = box
    setMatchAll(false)
    showSelection()
  })
  // Firefox does not turn Shift+Space into a click; the others do, and then this has nothing left to do.
  on('keydown', '[data-select-row]', (box, event) => {
    if (event.key !== ' ' || !event.shiftKey) return
    event.preventDefault()
    box.dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true, cancelable: true }))
  })
  on('click', '[data-select-all]', (head) => {
    boxes().forEach((box) => { box.checked = head.checked })
    setMatchAll(false)
    showSelection()
  })
  on('click', '[data-match-all]', (button) => {
    setMatchAll(true)
    showSelection()
    focusOn(one('[data-action-bar] .action-buttons button:not([hidden])'))
  })
  on('click', '[data-clear-selection]', () => {
    boxes().forEach((box) => { box.checked = false })
    setMatchAll(false)
    showSelection()
    focusOn(one('[data-select-all]'), one('.table-scroll'))
  })
  on('click', 'tr[data-row]', (row, event) => {
    if (event.target.closest('a, button, input, label, summary, time[tabindex]') || String(getSelection())) return
    const box = one('[data-select-row]', row)
    if (box) box.dispatchEvent(new MouseEvent('click', { shiftKey: event.shiftKey, bubbles: true, cancelable: true }))
    else one('.row-link[data-dialog]', row)?.click()
  })
  function actionAddress(button) {
    const address = new URL(button.formAction)
    const sent = new FormData(button.form)
    if (one('[data-match-all]')?.chosen) sent.delete('id')
    for (const [name, value] of sent) address.searchParams.append(name, value)
    return address.pathname + address.search
  }

  // --- Search, filters, columns
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') return escape(event)
    if (root.hasAttribute('data-no-shortcuts') || typing(event.target) || topDialog()) return
    if (event.key === '/' && focusOn(byId('search-input'))) event.preventDefault()
    if (event.key === '?' && byId('shortcuts')) { event.preventDefault(); byId('shortcuts').click() }
  })
  function escape(event) {
    if (one(':popover-open')) return
    const toast = event.target.closest?.('[data-toast]')
    if (toast) return dismiss(toast)
    if (event.target.matches?.('input[type=search]')) {
      if (event.target.value) { event.preventDefault(); setSearch(event.target, ''); return }
      if (!topDialog()) return event.target.blur()
    }
    const host = topDialog()
    if (host) { event.preventDefault(); return host.id === 'discard' ? keepEditing() : askToClose(host) }
    if (root.hasAttribute('data-drawer')) closeDrawer()
  }
  function setSearch(input, value) {
    input.value = value
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }
  on('keydown', '[data-space]', (link, event) => { if (event.key === ' ') { event.preventDefault(); link.click() } })

  on('change', '[data-filter-field]', showFilterValues)
  function showFilterValues() {
    const field = one('[data-filter-field]')
    for (const values of all('[data-filter-values]')) {
      values.hidden = values.disabled = !values.dataset.filterValues.split(' ').includes(field.value)
    }
  }
  on('click', '[data-move]', (button, event) => {
    event.preventDefault()
    const choice = button.closest('[data-column-choice]')
    const other = button.dataset.move === 'up' ? choice.previousElementSibling : choice.nextElementSibling
    if (!other?.querySelector('[data-move]')) return
    if (button.dataset.move === 'up') other.before(choice); else other.after(choice)
    button.focus()
    const order = all('[data-column-choice]', choice.parentElement)
    announce(`${one('label', choice).textContent}: ${order.indexOf(choice) + 1} / ${order.length}`)
  })

  // --- Downloads. The page fetches the file, so that it can tell how far it is and give it up, and saves it when it is
  // whole. A server that fails half-way cuts the connection, which breaks the reading: half a file is never saved.
  const transfers = new Set()
  const transferWords = () => byId('downloads').dataset
  const fill = (sentence, values) => sentence.replace(/{(\w+)}/g, (_, name) => values[name].toLocaleString(root.lang))
  on('click', 'a[download]', (link, event) => {
    if (!plainClick(event) || !byId('downloads')) return
    event.preventDefault()
    transfer(link.href, openerToReturnTo(link))
  })

  async function transfer(href, opener) {
    const stop = new AbortController()
    const panel = transferPanel(stop, opener)
    const failed = (...nodes) => panel.failed(nodes, () => transfer(href, opener))
    transfers.add(stop)
    try {
      const answer = await fetch(href, { headers: { 'HX-Request': 'true', 'HX-Current-URL': location.href }, signal: stop.signal })
      watchSession(sessionLeft(answer.headers))
      if (!answer.ok) return await refused(answer, panel, failed)
      const file = await receive(answer, panel.tell)
      save(file.name, file.blob)
      panel.saved(file)
    } catch {
      if (stop.signal.aborted) panel.cancelled()
      else failed(navigator.onLine ? transferWords().broken : words().offline)
    } finally {
      transfers.delete(stop)
    }
  }

  async function refused(answer, panel, failed) {
    const { body } = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (answer.status === 401 && one('[data-dialog-content]', body)) {
      panel.gone()
      return openOverlay(body)
    }
    const said = one('[data-problem] .message-text', body)
    failed(...(said ? said.childNodes : [answer.status === 429 ? words().busy : words().server]))
  }

  const heldPieces = 8 << 20 // bytes; more is handed over to the browser, which keeps large files on the disk
  async function receive(answer, tell) {
    const name = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition'))?.[1] || 'download.csv'
    const total = Number(answer.headers.get('X-Total-Count') ?? NaN)
    const lines = lineCounter()
    const parts = []
    let pieces = []
    let held = 0
    let rows = 0
    tell(name, rows, total)
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read()
      if (done) break
      pieces.push(value)
      held += value.length
      if (held > heldPieces) { parts.push(new Blob(pieces)); pieces = []; held = 0 }
      rows = Math.max(0, lines(value) - 1) // the first names the columns
      tell(name, rows, total)
    }
    return { name, rows, blob: new Blob([...parts, ...pieces], { type: answer.headers.get('Content-Type') }) }
  }
  // A line break within quotes is part of a cell (RFC 4180 section 2).
  function lineCounter() {
    let lines = 0
    let quoted = false
    return (bytes) => {
      for (let i = 0; i < bytes.length; i++) {
        if (bytes[i] === 34) quoted = !quoted
        else if (bytes[i] === 10 && !quoted) lines++
      }
      return lines
    }
  }

  // A download of less than a second shows nothing of its own: the browser shows the file.
  function transferPanel(stop, opener) {
    const region = byId('downloads')
    const [running, saved, failed] = Array.from(byId('download-template').content.cloneNode(true).children)
    const bar = one('progress', running)
    const text = one('[data-transfer-text]', running)
    let now = null
    let drawing = 0
    let quarter = 0
    const say = (item, ...nodes) => one('[data-transfer-text]', item).replaceChildren(...nodes)
    const show = setTimeout(() => { region.append(running); announce(text.textContent) }, 1000)
    one('[data-transfer-cancel]', running).addEventListener('click', () => stop.abort())
    function draw() {
      const { name, n, total } = now
      const known = total > 0
      drawing = 0
      one('[data-transfer-file]', running).textContent = name
      if (known) { bar.max = Math.max(n, total); bar.value = n }
      text.textContent = fill(known ? region.dataset.underWay : region.dataset.uncounted, now)
      const passed = known ? Math.floor((4 * n) / total) : 0
      if (passed > quarter && running.isConnected) announce(text.textContent)
      quarter = passed
    }
    // end puts what came of it in the place of the panel, and the focus with it.
    function end(item) {
      clearTimeout(show)
      const focused = running.contains(document.activeElement)
      if (item) { if (running.isConnected) running.replaceWith(item); else region.append(item) } else running.remove()
      if (focused) focusOn(item && one('button', item), opener) || focusHeading()
    }
    return {
      tell(name, n, total) {
        now = { name, n, total }
        drawing ||= requestAnimationFrame(draw)
      },
      saved({ name, rows }) {
        const sentence = fill(region.dataset.saved, { n: rows, file: name })
        const shown = running.isConnected
        say(saved, sentence)
        end(shown && saved)
        if (shown) leaveLater(saved)
        announce(sentence)
      },
      failed(nodes, again) {
        say(failed, ...nodes)
        one('[data-transfer-retry]', failed).addEventListener('click', () => { failed.remove(); focusOn(opener); again() })
        end(failed)
      },
      cancelled() {
        end()
        announce(region.dataset.cancelled)
      },
      gone: () => end(),
    }
  }

  // --- Preferences take effect at once; the form carries them to the server.
  on('click', '[data-theme-choice]', (item) => {
    root.dataset.theme = item.dataset.themeChoice
    all('[data-theme-choice]').forEach((other) => other.setAttribute('aria-checked', String(other === item)))
  })
  on('click', '[data-nav-toggle]', (button) => setTimeout(() => {
    const collapsed = button.value === 'collapsed'
    root.dataset.nav = collapsed ? 'collapsed' : 'open'
    flip(button, collapsed ? 'open' : 'collapsed')
  }))
  on('click', '[data-shortcuts-choice]', (button) => setTimeout(() => {
    const off = button.value === 'off'
    root.toggleAttribute('data-no-shortcuts', off)
    flip(button, off ? 'on' : 'off')
  }))
  function flip(button, value) {
    const label = one('span', button)
    const next = button.dataset.other
    button.dataset.other = label.textContent
    label.textContent = next
    if (button.title) button.title = next
    button.value = value
  }

  // --- Drawer: under 900 px the navigation slides over the page.
  const closeDrawer = () => {
    if (!root.hasAttribute('data-drawer')) return
    root.removeAttribute('data-drawer')
    focusOn(one('[data-drawer-open]'))
  }
  on('click', '[data-drawer-open]', (link, event) => {
    event.preventDefault()
    root.setAttribute('data-drawer', '')
    focusOn(one('#nav [aria-current]'), one('#nav a'))
  })
  on('click', '[data-drawer-close]', (link, event) => { event.preventDefault(); closeDrawer() })
  document.addEventListener('focusin', (event) => {
    if (root.hasAttribute('data-drawer') && !event.target.closest('#nav')) focusOn(one('#nav a'))
  })

  // --- Combobox (APG): the native select keeps the value, the input finds it.
  const comboParts = (input) => {
    const box = input.closest('[data-combobox]')
    return { input, list: one('[role=listbox]', box), none: one('[data-combobox-none]', box), value: one('[data-combobox-value]', box), options: all('[role=option]', box), search: box.dataset.comboboxSearch }
  }
  const comboLabel = ({ value }) => value.value ? value.selectedOptions[0].text : ''
  // Where the server knows more options than the page, it is asked for those that match, and the list shows its answer.
  let comboAsked = 0
  function comboSearch(combo, text, delay = 0) {
    clearTimeout(comboAsked)
    comboAsked = setTimeout(async () => {
      const address = new URL(combo.search, location.href)
      address.searchParams.set('q', text.trim())
      await htmx.ajax('GET', address.pathname + address.search, { source: combo.input, target: combo.list, swap: 'innerHTML', push: null, replace: null })
      if (document.activeElement === combo.input) comboOpen(comboParts(combo.input), text)
    }, delay)
  }
  const comboStart = (combo) => combo.search ? comboSearch(combo, '') : comboOpen(combo)
  function comboOpen(combo, text = '') {
    const wanted = text.trim().toLowerCase()
    for (const option of combo.options) {
      option.hidden = !combo.search && !option.textContent.toLowerCase().includes(wanted)
      option.setAttribute('aria-selected', String(option.dataset.value === combo.value.value))
    }
    const shown = combo.options.filter((option) => !option.hidden)
    combo.list.hidden = shown.length === 0
    combo.none.hidden = shown.length > 0
    combo.input.setAttribute('aria-expanded', String(shown.length > 0))
    const named = (fits) => shown.find((option) => fits(option.dataset.label.toLowerCase()))
    const typedFor = wanted && (named((name) => name === wanted) || named((name) => name.startsWith(wanted)) || shown[0])
    comboActivate(combo, typedFor || shown.find((option) => option.getAttribute('aria-selected') === 'true'))
  }
  function comboActivate(combo, option) {
    for (const other of combo.options) other.toggleAttribute('data-active', other === option)
    if (option) combo.input.setAttribute('aria-activedescendant', option.id)
    else combo.input.removeAttribute('aria-activedescendant')
    option?.scrollIntoView({ block: 'nearest' })
  }
  function comboClose(combo) {
    if (combo.search) clearTimeout(comboAsked)
    combo.list.hidden = combo.none.hidden = true
    combo.input.setAttribute('aria-expanded', 'false')
    combo.input.value = comboLabel(combo)
    comboActivate(combo, null)
  }
  function comboChoose(combo, option) {
    if (option.getAttribute('aria-disabled') === 'true') return announce(one('.option-reason', option)?.textContent)
    combo.value.value = option.dataset.value
    if (combo.value.value !== option.dataset.value) combo.value.add(new Option(option.dataset.label, option.dataset.value, false, true))
    for (const other of combo.options) other.setAttribute('aria-selected', String(other === option))
    comboClose(combo)
    combo.value.dispatchEvent(new Event('change', { bubbles: true }))
  }
  on('input', '[data-combobox] [role=combobox]', (input) => {
    const combo = comboParts(input)
    if (combo.search) comboSearch(combo, input.value, 200)
    else comboOpen(combo, input.value)
  })
  on('click', '[data-combobox] [role=combobox]', (input) => { const combo = comboParts(input); if (combo.list.hidden) comboStart(combo) })
  on('focusout', '[data-combobox] [role=combobox]', (input) => comboClose(comboParts(input)))
  on('pointerdown', '[data-combobox] [role=listbox]', (list, event) => event.preventDefault())
  on('mousedown', '[data-combobox] [role=listbox]', (list, event) => event.preventDefault())
  on('click', '[data-combobox] [role=option]', (option) => { const input = one('[data-combobox] [role=combobox]', option.closest('[data-combobox]')); comboChoose(comboParts(input), option); input.focus() })
  // Input methods and automation send the keypress of an Enter that was taken all the same; it would submit the form.
  let enterTaken = null
  on('keypress', '[data-combobox] [role=combobox]', (input, event) => { if (event.key === 'Enter' && enterTaken === input) event.preventDefault() }, true)
  on('keyup', '[data-combobox] [role=combobox]', () => { enterTaken = null })
  on('keydown', '[data-combobox] [role=combobox]', (input, event) => {
    const combo = comboParts(input)
    const open = !combo.list.hidden
    const shown = combo.options.filter((option) => !option.hidden)
    const at = shown.findIndex((option) => option.hasAttribute('data-active'))
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      if (!open && combo.search) return comboSearch(combo, '')
      if (!open) { comboOpen(combo); if (!one('[data-active]', combo.list)) comboActivate(combo, step > 0 ? combo.options[0] : combo.options.at(-1)); return }
      const next = (at < 0 && step < 0 ? 0 : at) + step
      comboActivate(combo, shown.at(next === shown.length ? 0 : next))
    } else if (event.key === 'Enter' && !open && combo.search && input.value !== comboLabel(combo)) {
      event.preventDefault() // what is typed is not chosen yet: the answer is on its way
      enterTaken = input
    } else if (event.key === 'Enter' && open) {
      event.preventDefault()
      enterTaken = input
      if (at >= 0) comboChoose(combo, shown[at])
    } else if (event.key === 'Escape' && (open || !combo.none.hidden)) {
      event.preventDefault()
      event.stopImmediatePropagation()
      comboClose(combo)
    }
  }, true)

  // --- Palette (APG combobox with a list): what is typed is looked for as one types; the focus stays in the input, and the
  // options are links. A secret key that somebody pastes goes into the body of a POST and out of the input, never into an
  // address.
  const keyInside = /\blk_[0-9A-Za-z]{49}\b/
  const partOfKey = /\blk_(?=[0-9A-Za-z]*[A-Z]|[0-9A-Za-z]{20})/ // names have no capitals
  const onMac = /Mac|iPhone|iPad/.test(navigator.platform)
  const paletteParts = () => ({ input: byId('palette-input'), options: all('[role=option]', byId('palette-results')) })
  const paletteActive = () => one('#palette-results [role=option][aria-selected=true]')
  let paletteWaits = 0 // for the person to stop typing
  let paletteAsks = 0 // answers that are on their way
  let paletteGo = null // Enter, pressed before there was anything to go to

  function openPalette(opener, key) {
    const host = byId('palette')
    if (!host || topDialog()) return
    hidePopovers()
    closeDrawer()
    openers.set(host, opener)
    one('[data-problem-slot]', host).replaceChildren()
    byId('palette-input').value = ''
    host.showModal()
    placeSessionWarning()
    focusOn(byId('palette-input'))
    if (key) paletteAsk('POST', host.dataset.paletteKey, { key })
    else paletteSearch('')
  }
  async function paletteAsk(method, address, values) {
    clearTimeout(paletteWaits)
    paletteWaits = 0
    paletteAsks++
    try {
      await htmx.ajax(method, address, { source: byId('palette-input'), target: '#palette-results', swap: 'innerHTML', push: null, replace: null, values })
    } finally {
      paletteAsks--
    }
    if (paletteAsks || paletteWaits) return // what arrived is not what was typed last
    const { input, options } = paletteParts()
    input.setAttribute('aria-expanded', String(options.length > 0))
    paletteActivate(options[0])
    if (paletteGo && options[0]) paletteFollow(options[0], paletteGo)
    paletteGo = null
  }
  const paletteSearch = (text) => paletteAsk('GET', byId('palette').dataset.palette + '?q=' + encodeURIComponent(text.trim()))
  function paletteTyped(input) {
    const host = byId('palette')
    const key = keyInside.exec(input.value)
    paletteGo = null
    one('[data-problem-slot]', host).replaceChildren()
    clearTimeout(paletteWaits)
    if (key) {
      input.value = ''
      paletteAsk('POST', host.dataset.paletteKey, { key: key[0] })
    } else if (partOfKey.test(input.value)) {
      htmx.trigger(input, 'htmx:abort')
      paletteWaits = setTimeout(() => { paletteWaits = 0; paletteSay(host.dataset.partOfKey) }, 200)
    } else {
      paletteWaits = setTimeout(() => paletteSearch(input.value), 200)
    }
  }
  function paletteSay(sentence) {
    const slot = byId('palette-results')
    const text = document.createElement('p')
    text.className = 'palette-said'
    text.textContent = sentence
    slot.replaceChildren(text)
    byId('palette-input').setAttribute('aria-expanded', 'false')
    paletteActivate(null)
    announce(sentence)
  }
  function paletteActivate(option) {
    const { input, options } = paletteParts()
    for (const other of options) other.setAttribute('aria-selected', String(other === option))
    if (option) input.setAttribute('aria-activedescendant', option.id)
    else input.removeAttribute('aria-activedescendant')
    option?.scrollIntoView({ block: 'nearest' })
  }
  const paletteFollow = (option, { ctrlKey, metaKey, shiftKey }) => option.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }))

  // In any other field that asks by its address, a whole key goes to the palette in its stead, and a part of one nowhere.
  const asksByAddress = (field) => field.matches?.('input:is([type=search], [type=text]):not(#palette-input)') && (field.matches('[type=search], [role=combobox]') || field.form?.method === 'get')
  function holdBack(field) {
    const key = keyInside.exec(field.value)?.[0]
    if (!key && !partOfKey.test(field.value)) return false
    const { partOfKey: part, keyElsewhere: elsewhere } = byId('palette').dataset
    if (key) field.value = ''
    if (key && !topDialog()) openPalette(field, key)
    else sayBeside(field, key ? elsewhere : part)
    return true
  }
  document.addEventListener('input', (event) => {
    if (byId('palette') && asksByAddress(event.target) && holdBack(event.target)) event.stopPropagation()
  }, true)
  document.addEventListener('submit', (event) => {
    if (!byId('palette') || event.target.method !== 'get') return
    if (!Array.from(event.target.elements).filter(asksByAddress).some(holdBack)) return
    event.preventDefault()
    event.stopPropagation()
  }, true)
  document.addEventListener('htmx:config:request', (event) => {
    const { request } = event.detail.ctx
    if (request.method !== 'GET') return
    for (const value of request.body?.values() || []) if (typeof value === 'string' && partOfKey.test(value)) event.preventDefault()
  })
  function sayBeside(field, sentence) {
    const message = one('[data-problem]', byId('problem-template').content.cloneNode(true))
    one('[data-problem-text]', message).textContent = sentence
    one('[data-retry]', message).remove()
    slotFor({ target: field })?.replaceChildren(message)
  }

  on('click', '[data-palette-open]', (link, event) => {
    if (!plainClick(event) || !byId('palette')) return
    event.preventDefault()
    openPalette(link)
  })
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || event.shiftKey || event.altKey || !(event.metaKey || (event.ctrlKey && !onMac))) return
    if (!byId('palette') || topDialog()) return
    event.preventDefault()
    openPalette(document.activeElement)
  })
  on('input', '#palette-input', paletteTyped)
  on('keydown', '#palette-input', (input, event) => {
    const { options } = paletteParts()
    const at = options.indexOf(paletteActive())
    const go = (option) => { event.preventDefault(); if (option) paletteActivate(option) }
    if (event.isComposing) return
    if (event.key === 'ArrowDown') go(options[(at + 1) % options.length])
    else if (event.key === 'ArrowUp') go(options.at(Math.max(at, 0) - 1))
    else if (event.key === 'Home' && options.length) go(options[0])
    else if (event.key === 'End' && options.length) go(options.at(-1))
    else if (event.key === 'Enter') {
      event.preventDefault()
      const { ctrlKey, metaKey, shiftKey } = event
      if (paletteAsks || paletteWaits) paletteGo = { ctrlKey, metaKey, shiftKey }
      else if (at >= 0) paletteFollow(options[at], event)
    }
  })
  on('pointerdown', '#palette-results [role=option]', (option, event) => event.preventDefault())
  on('mousedown', '#palette-results [role=option]', (option, event) => event.preventDefault())
  // A choice that does not leave the page leaves the palette.
  on('click', '#palette-results :is([role=option], [data-palette-dialog])', async (option, event) => {
    const host = byId('palette')
    const opener = openers.get(host)
    if (option.matches('button')) return setTimeout(() => closeDialog(host))
    if (!option.matches('[data-palette-dialog]') || !plainClick(event)) return
    event.preventDefault()
    const href = option.href
    await closeDialog(host)
    fetchDialog(href, opener?.isConnected && opener !== document.body ? opener : byId('find'))
  })
  document.addEventListener('close', (event) => {
    if (event.target.id !== 'palette') return
    clearTimeout(paletteWaits)
    paletteWaits = 0
    paletteGo = null
    byId('palette-input').value = ''
  }, true)

  // --- Tree (APG): one item of the tree is in the tab order; branches are fetched when they are opened.
  const treeItems = (tree) => all('[role=treeitem]', tree).filter((item) => item.getClientRects().length > 0)
  const branchOf = (item) => byId(item.id + '-branch')
  const itemAbove = (item) => byId((item.closest('[role=group]')?.id || '').replace(/-branch$/, ''))
  const treeValue = (tree) => one(`[data-tree-value="${tree.id}"]`)

  function prepareTree(tree) {
    const field = treeValue(tree)
    if (!field) return
    field.disabled = false
    field.dataset.initial ??= field.value
    const chosen = field.value
    for (const item of all('[role=treeitem]', tree)) item.setAttribute('aria-selected', String(Boolean(chosen) && item.dataset.value === chosen))
    if (!one('[role=treeitem][tabindex="0"]', tree)) {
      const first = one('[role=treeitem][aria-selected=true]', tree) || one('[role=treeitem]', tree)
      if (first) first.tabIndex = 0
    }
  }
  function treeFocus(item) {
    for (const other of all('[tabindex="0"]', item.closest('[data-tree]'))) other.tabIndex = -1
    item.tabIndex = 0
    item.focus()
    item.scrollIntoView({ block: 'nearest' })
  }
  async function treeOpen(item, open) {
    const branch = branchOf(item)
    if (!branch) return
    const href = branch.dataset.branchHref
    if (open && href) {
      item.setAttribute('aria-busy', 'true')
      await htmx.ajax('GET', href, { source: item, target: branch, swap: 'innerHTML', push: null, replace: null })
      item.removeAttribute('aria-busy')
      if (!branch.childElementCount) return
      delete branch.dataset.branchHref
      prepareTree(item.closest('[data-tree]'))
    }
    item.setAttribute('aria-expanded', String(open))
    branch.hidden = !open
  }
  // The line that stands for the rest of a long branch gives way to the next piece of it.
  async function treeMore(item) {
    if (item.hasAttribute('aria-busy')) return
    const tree = item.closest('[data-tree]')
    const line = item.parentElement
    const branch = line.parentElement
    const at = Array.from(branch.children).indexOf(line)
    item.setAttribute('aria-busy', 'true')
    await htmx.ajax('GET', item.dataset.treeMore, { source: item, target: line, swap: 'outerHTML', push: null, replace: null })
    item.removeAttribute('aria-busy')
    if (item.isConnected) return
    prepareTree(tree)
    const next = one('[role=treeitem]', branch.children[at] || branch)
    if (next) treeFocus(next)
  }
  function treeChoose(item) {
    if (item.dataset.treeMore) return treeMore(item)
    const tree = item.closest('[data-tree]')
    if (item.getAttribute('aria-disabled') === 'true') return announce(one('.option-reason', item)?.textContent)
    const field = treeValue(tree)
    field.value = item.dataset.value
    prepareTree(tree)
    one(`[data-tree-chosen="${tree.id}"]`)?.replaceChildren(...byId(item.id + '-path').cloneNode(true).childNodes)
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }
  on('click', '[data-tree] [role=treeitem]', (item, event) => {
    treeFocus(item)
    if (event.target.closest('[data-tree-twist]') && branchOf(item)) treeOpen(item, item.getAttribute('aria-expanded') !== 'true')
    else treeChoose(item)
  })
  on('dblclick', '[data-tree] [role=treeitem]', (item) => treeOpen(item, item.getAttribute('aria-expanded') !== 'true'))
  on('keydown', '[data-tree]', (tree, event) => {
    const item = document.activeElement
    if (item.getAttribute('role') !== 'treeitem' || event.ctrlKey || event.metaKey || event.altKey) return
    const items = treeItems(tree)
    const at = items.indexOf(item)
    const expanded = item.getAttribute('aria-expanded')
    const go = (to) => { event.preventDefault(); if (to) treeFocus(to) }
    if (event.key === 'ArrowDown') go(items[at + 1])
    else if (event.key === 'ArrowUp') go(items[at - 1])
    else if (event.key === 'Home') go(items[0])
    else if (event.key === 'End') go(items.at(-1))
    else if (event.key === 'ArrowRight') { event.preventDefault(); if (expanded === 'false') treeOpen(item, true); else if (expanded === 'true') go(one('[role=treeitem]', branchOf(item))) }
    else if (event.key === 'ArrowLeft') { event.preventDefault(); if (expanded === 'true') treeOpen(item, false); else go(itemAbove(item)) }
    else if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); treeChoose(item) }
    else typeAhead(event, items, at, treeFocus)
  })
  // A search puts its results in the tree's place; an emptied search puts the tree back as it was left.
  document.addEventListener('htmx:config:request', (event) => {
    const input = event.detail.ctx.sourceElement
    if (!input.matches?.('[data-tree-search]')) return
    const tree = byId(input.dataset.treeSearch)
    if (input.value.trim()) { tree.unsearched ??= Array.from(tree.childNodes); return }
    event.preventDefault()
    htmx.trigger(input, 'htmx:abort')
    if (tree.unsearched) tree.replaceChildren(...tree.unsearched)
    delete tree.unsearched
    prepareTree(tree)
  })
  on('keydown', '[data-tree-search]', (input, event) => {
    if (event.key === 'Enter') event.preventDefault()
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return
    event.preventDefault()
    const first = one('[role=treeitem]', byId(input.dataset.treeSearch))
    if (first) treeFocus(first)
  })

  // --- Sending once: the second click, the second Enter and the impatient third do nothing.
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (!form.matches('[data-once]')) return
    if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return }
    form.dataset.sent = 'true'
    const button = event.submitter
    if (button) { button.dataset.busy = 'true'; button.setAttribute('aria-disabled', 'true') }
    if (form.matches('[hx-post], [hx-get]')) return
    if (form.method === 'post' && byId('session-warning') && !form.dataset.signedIn) {
      event.preventDefault()
      event.stopImmediatePropagation()
      return sendSignedIn(form, button)
    }
    delete form.dataset.signedIn
    leaving = true
  }, true)
  // A plain form would lead to the sign-in page and lose what was typed, had the session ended: that is asked first.
  async function sendSignedIn(form, button) {
    const answer = await fetch(one('[data-session-stay]').action, { headers: { 'HX-Request': 'true', 'HX-Current-URL': location.href } }).catch(() => null)
    release(form)
    if (answer?.status === 401) return openOverlay(new DOMParser().parseFromString(await answer.text(), 'text/html').body)
    form.dataset.signedIn = 'true'
    return form.requestSubmit(button)
  }
  function release(form) {
    delete form.dataset.sent
    for (const button of [...all('[data-busy]', form), ...all(`[data-busy][form="${form.id}"]`)]) {
      delete button.dataset.busy
      button.removeAttribute('aria-disabled')
    }
  }

  // --- htmx: what goes out, what comes back, and what does not.
  document.addEventListener('htmx:config:request', ({ detail: { ctx } }) => {
    const form = ctx.sourceElement
    if (!form.matches?.('[data-drop-empty]')) return
    for (const [name, value] of Array.from(ctx.request.body)) if (value === '') ctx.request.body.delete(name)
    if (!form.matches('[data-search-form]')) return
    // The first keystroke makes an entry in the history, the rest of the word refines it.
    if (form.dataset.searched) { ctx.push = null; ctx.replace = 'true' }
    form.dataset.searched = 'true'
  })
  on('focusout', '[data-search]', (input) => { delete input.form.dataset.searched })

  document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
    const frame = ctx.target?.id === 'list' && one('.table-frame', ctx.target)
    if (frame) frame.setAttribute('aria-busy', 'true')
    const chip = ctx.sourceElement.closest?.('[data-chip]')
    if (chip) ctx.chip = all('[data-chip]').indexOf(chip)
    ctx.slow = setTimeout(() => announce(words().loading), 750)
  })
  document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {
    clearTimeout(ctx.slow)
    for (const frame of all('.table-frame[aria-busy]')) frame.removeAttribute('aria-busy')
    const form = ctx.sourceElement
    if (form.matches?.('form[data-sent]')) release(form)
  })

  const isDialogSlot = (target) => Boolean(target?.matches?.('.dialog-slot'))
  document.addEventListener('htmx:before:swap', (event) => {
    const { ctx, tasks } = event.detail
    for (const task of tasks) for (const script of all('script', task.fragment)) script.remove()
    const answer = tasks.find((task) => task.type === 'main')?.fragment
    const status = ctx.response?.status
    const forDialog = answer && one('[data-dialog-content], [data-dialog-done]', answer)
    if (status === 401 && forDialog && ctx.target.id !== 'overlay-content' && byId('overlay')) {
      event.preventDefault()
      return openOverlay(answer)
    }
    const problem = answer && one('[data-problem]', answer)
    if (status >= 500 || status === 429 || problem || (status >= 400 && isDialogSlot(ctx.target) && !forDialog)) {
      event.preventDefault()
      const wholePage = answer && one('body, main', answer)
      return showProblem(ctx, problem && !wholePage ? problem : null, status === 429 ? words().busy : words().server)
    }
    if (isDialogSlot(ctx.target)) ctx.dirty = status >= 400 // a refused form comes back with what was typed
    ctx.heldFocus = ctx.target?.contains(document.activeElement)
  })

  function openOverlay(answer) {
    const host = byId('overlay')
    const slot = byId('overlay-content')
    slot.replaceChildren(...answer.childNodes)
    htmx.process(slot)
    openers.set(host, document.activeElement)
    showDialog(host)
  }

  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    if (!ctx.response) return
    clearProblems(ctx)
    const target = ctx.target?.id && byId(ctx.target.id)
    if (isDialogSlot(target)) return dialogArrived(target, ctx)
    prepare()
    announce(target && one('[data-announce]', target)?.dataset.announce)
    if (ctx.chip !== undefined) focusOn(all('[data-chip]')[ctx.chip], byId('add-filter'))
    else if (ctx.focusAfter) focusOn(ctx.focusAfter)
    else if (ctx.heldFocus && document.activeElement === document.body) focusOn(byId(ctx.sourceId)) || focusHeading()
    if (target?.id === 'list') followSearch(target)
  })
  // Where focus goes is asked of the source before it is replaced.
  document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
    ctx.focusAfter = ctx.sourceElement.closest?.('[data-focus-after]')?.dataset.focusAfter
    ctx.sourceId = ctx.sourceElement.id
  })

  function dialogArrived(slot, ctx) {
    const host = slot.closest('dialog')
    const done = one('[data-dialog-done]', slot)
    if (done) return finish(host, done)
    if (ctx.dirty) for (const form of all('form[data-guard]', slot)) form.setAttribute('data-dirty', '')
    prepare()
    showDialog(host)
    announce(one('[data-announce]', slot)?.dataset.announce)
  }

  function followSearch(list) {
    const input = byId('search-input')
    if (input && document.activeElement !== input) input.value = list.dataset.listSearch
  }

  // --- Failures stand beside what failed, keep what is there, and offer to try again.
  function slotFor(ctx) {
    const open = topDialog()
    const inside = (element) => element?.isConnected && (one('[data-problem-slot]', element) || element.closest('dialog')?.querySelector('[data-problem-slot]'))
    return (open && (inside(ctx.target) || one('[data-problem-slot]', open))) || inside(ctx.target) || one('#list [data-problem-slot]') || byId('page-problem')
  }
  function showProblem(ctx, fragment, sentence) {
    const slot = slotFor(ctx)
    const template = byId('problem-template')
    if (!slot || !template) return
    const message = fragment || one('[data-problem]', template.content.cloneNode(true))
    const text = one('[data-problem-text]', message)
    if (text) text.textContent = sentence
    message.retry = () => retry(ctx)
    slot.replaceChildren(message)
    message.scrollIntoView({ block: 'nearest' })
  }
  function retry(ctx) {
    const source = ctx.sourceElement
    if (source.matches('form') && source.isConnected) return source.requestSubmit()
    return htmx.ajax(ctx.request.method, ctx.request.action, { source: source.isConnected ? source : document.body, target: ctx.target, swap: ctx.swap, push: ctx.push, replace: ctx.replace })
  }
  function clearProblems(ctx) {
    for (const message of all('[data-problem-slot] > [data-problem]')) {
      const focused = message.contains(document.activeElement)
      message.remove()
      if (focused) focusOn(ctx.sourceElement) || focusHeading()
    }
  }
  on('click', '[data-retry]', (button) => button.closest('[data-problem]').retry?.())
  document.addEventListener('htmx:error', ({ detail: { ctx } }) => {
    if (!ctx) return
    const sentence = ctx.request?.signal?.reason === 'timeout' ? words().timeout : navigator.onLine ? words().server : words().offline
    showProblem(ctx, null, sentence)
  })

  on('click', '[data-dismiss]', (button) => {
    const message = button.closest('[data-message]')
    const next = message.nextElementSibling || message.previousElementSibling
    message.remove()
    focusOn(next && one('[data-dismiss]', next)) || focusHeading()
  })
  on('click', '[data-focus-field]', (link, event) => {
    const field = byId(link.hash.slice(1))
    if (!field) return
    event.preventDefault()
    focusOn(field, field.closest('.field')?.querySelector('input, select, textarea, [tabindex="0"]'))
  })

  // --- The session's end is told two minutes before. Every answer says how long there is left, and another tab may have
  // put the end off meanwhile: the server is asked, in a way that is no activity, before anybody is warned.
  const lastMinutes = 120
  const sessionLeft = (headers) => Number(headers.get('X-Session-Ends-In') ?? NaN)
  let warning = 0
  function watchSession(seconds) {
    const box = byId('session-warning')
    if (!box || Number.isNaN(seconds)) return
    clearTimeout(warning)
    if (seconds > lastMinutes) {
      warnOfSession('')
      warning = setTimeout(async () => {
        const answer = await fetch(box.dataset.sessionAsk).catch(() => null)
        const left = answer ? sessionLeft(answer.headers) : lastMinutes
        if (Number.isNaN(left)) warnOfSession(box.dataset.sessionOver)
        else watchSession(left)
      }, (seconds - lastMinutes) * 1000)
      return
    }
    warnOfSession(box.asked ? box.dataset.sessionFinal : box.dataset.sessionText)
    warning = setTimeout(() => warnOfSession(box.dataset.sessionOver), seconds * 1000)
  }
  function warnOfSession(text) {
    const box = byId('session-warning')
    const sentence = one('[data-session-message]', box)
    const over = text === box.dataset.sessionOver
    const inside = box.contains(document.activeElement)
    const back = before
    if (!text) box.asked = false
    box.hidden = !text
    if (sentence.textContent !== text) sentence.textContent = text
    one('[data-session-stay]', box).hidden = over || text === box.dataset.sessionFinal
    placeSessionWarning()
    if (inside && (!text || over)) focusOn(back) || (topDialog() ? focusInto(contentOf(topDialog())) : focusHeading())
  }
  // What stands outside of an open dialog cannot be reached; the warning goes where the person is.
  function placeSessionWarning() {
    const box = byId('session-warning')
    const place = topDialog() || document.body
    if (box && box.parentElement !== place) place.append(box)
  }
  on('submit', '[data-session-stay]', () => { byId('session-warning').asked = true }, true)
  document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => watchSession(sessionLeft(ctx.response.headers)))

  // --- Times by the rule of RelativeText in views/ui.
  const relative = new Intl.RelativeTimeFormat(root.lang || 'en', { numeric: 'always' })
  function refreshTimes() {
    for (const time of all('time[data-relative]')) {
      const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000
      const distance = Math.abs(seconds)
      if (distance < 60 || distance >= 30 * 86400) continue
      const [size, unit] = distance >= 86400 ? [86400, 'day'] : distance >= 3600 ? [3600, 'hour'] : [60, 'minute']
      time.textContent = relative.format(Math.trunc(seconds / size), unit)
    }
  }
  setInterval(refreshTimes, 30000)

  // prepare readies what has just arrived: the page itself, a list, a dialog.
  function prepare() {
    if (one('[data-filter-field]')) showFilterValues()
    setMatchAll(false)
    all('[data-tree]').forEach(prepareTree)
    showSelection()
  }
  document.addEventListener('DOMContentLoaded', () => {
    prepare()
    if (onMac) for (const key of all('[data-mod-key]')) key.textContent = '⌘'
    watchSession(Number(byId('session-warning')?.dataset.sessionSeconds ?? NaN))
    const wanted = all('main [data-autofocus]').filter((element) => element.getClientRects().length > 0)
    focusOn(wanted.find((element) => element.matches('[role=alert]')), wanted[0])
    arrive()
  })
})()
