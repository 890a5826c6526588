// The API reference: the vendored Swagger UI, fitted into a page of ours. It is dressed by reference.css alone, opens at
// the parts that links name (#tag/Access-rules, #operation/listApplications), and tries operations out as the person who
// is signed in. The token for that is asked for when it is first needed and kept in memory, in this closure; Swagger UI
// never sees it: what it has, shows and copies is the word $TOKEN in its place.
(() => {
  'use strict'

  const root = document.getElementById('reference')
  if (!root || !window.SwaggerUIBundle) return

  // --- The token of the signed-in person
  const placeholder = 'Bearer $TOKEN'
  const early = 20_000 // milliseconds; a request that is on its way must not arrive too late
  let token = null

  async function freshToken() {
    if (token && Date.now() < token.until) return token.value
    token = null
    const answer = await fetch(root.dataset.token, { method: 'POST', redirect: 'manual', cache: 'no-store' })
    if (!answer.ok) throw new Error('You are not signed in any more. Load this page again to sign in.')
    const { accessToken, expiresIn } = await answer.json()
    token = { value: accessToken, until: Date.now() + expiresIn * 1000 - early }
    return token.value
  }

  // asMe sends a request with the real token. One that is refused may have ended with its session: one more is tried.
  async function asMe(url, request) {
    const send = async () => {
      const headers = { ...request.headers, Authorization: `Bearer ${await freshToken()}` }
      return fetch(url, { ...request, headers, credentials: 'omit' })
    }
    const answer = await send()
    if (answer.status !== 401) return answer
    token = null
    return send()
  }

  // Operations that need no token are sent without one; Swagger UI knows which.
  function actAsMe(request) {
    if (request.headers?.Authorization === placeholder) request.userFetch = asMe
    return request
  }

  // --- Our own parts in place of Swagger UI's
  function latchkey(system) {
    const { createElement: h } = system.React
    const nothing = () => () => null

    function Page({ getComponent, specSelectors, errSelectors }) {
      const status = specSelectors.loadingStatus()
      if (status === 'failed' || status === 'failedConfig' || errSelectors.lastError()) {
        return h('p', { className: 'reference-note', role: 'alert' }, 'The description of the API did not arrive. ',
          h('a', { href: location.pathname }, 'Load this page again'), '.')
      }
      const info = specSelectors.info()
      if (!info.size) return null // the outline is still there
      const Markdown = getComponent('Markdown', true)
      const Operations = getComponent('operations', true)
      return h('div', { className: 'swagger-ui' },
        h('section', { className: 'reference-intro' }, h(Markdown, { source: info.get('description') })),
        h(Operations))
    }

    // The command is copied into a shell, where only double quotes let $TOKEN be what it stands for.
    function Curl({ request }) {
      const command = system.fn.requestSnippetGenerator_curl_bash(request).replace(`'Authorization: ${placeholder}'`, `"Authorization: ${placeholder}"`)
      const id = `curl-${request.get('method')}-${request.get('url')}`
      return h('div', { className: 'curl-command' },
        h('div', { className: 'reference-row' },
          h('h4', null, 'Command'),
          h('button', { type: 'button', className: 'button button-outline button-toolbar', 'data-copy': id, 'data-copied': 'Copied', 'data-copy-failed': 'Press Ctrl+C' },
            h('span', { 'data-copy-word': true }, 'Copy'))),
        h('pre', { className: 'curl microlight', tabIndex: 0, 'aria-label': 'Command' }, h('code', { id }, command)))
    }

    // Examples of what may be left out are told, not filled in: trying a list out shows the list and not what an example
    // selects, and no two requests carry the Idempotency-Key of the example.
    function tellExamples(description) {
      const of = (holder) => Object.values(holder ?? {})
      const parameters = [description.components, ...of(description.paths), ...of(description.paths).flatMap(of)]
        .flatMap((holder) => of(holder?.parameters))
      for (const parameter of parameters.filter((it) => !it.required)) {
        const example = parameter.example ?? parameter.schema?.example
        if (example === undefined) continue
        parameter.description = `${parameter.description ?? ''} For example \`${[example].flat().join(',')}\`.`.trim()
        delete parameter.example
        if (parameter.schema) delete parameter.schema.example
      }
      return description
    }

    return {
      statePlugins: { spec: { wrapActions: { updateJsonSpec: (update) => (description) => update(tellExamples(description)) } } },
      components: { LatchkeyPage: Page, curl: Curl },
      wrapComponents: { authorizeOperationBtn: nothing, authorizeBtn: nothing, ServersContainer: nothing, OperationServers: nothing },
    }
  }

  // --- Opening at what the address names
  function place() {
    let name = location.hash.slice(1)
    try { name = decodeURIComponent(name) } catch { return null }
    if (name.startsWith('tag/')) {
      return [...root.querySelectorAll('.opblock-tag')].find((tag) => tag.dataset.tag.replaceAll(' ', '-') === name.slice(4))
    }
    if (name.startsWith('operation/')) {
      return [...root.querySelectorAll('.opblock')].find((operation) => operation.id.endsWith(`-${name.slice(10)}`))
    }
    return null
  }

  function goToPlace() {
    const found = place()
    if (!found) return
    found.scrollIntoView({ block: 'start' })
    const button = found.querySelector('button[aria-expanded]')
    if (found.matches('.opblock') && button?.getAttribute('aria-expanded') === 'false') button.click()
    button?.focus({ preventScroll: true })
  }
  window.addEventListener('hashchange', goToPlace)
  // Swagger UI brings along a listener at the window that scrolls to what any link of the page names, and leaves the focus
  // where it was: the skip link would lead nowhere.
  document.addEventListener('click', (event) => event.target.closest('a[href^="#"]') && event.stopPropagation())

  // --- What Swagger UI leaves out for those who use the keyboard or listen: names that say what a thing is, and a way to scroll
  function mend() {
    for (const tag of root.querySelectorAll('.opblock-tag')) {
      tag.setAttribute('aria-label', tag.dataset.tag)
      tag.querySelector('.expand-operation')?.setAttribute('aria-label', `Operations of ${tag.dataset.tag}`)
    }
    for (const part of root.querySelectorAll('.opblock-summary-method, .opblock-summary-path, .opblock-summary-path__deprecated')) {
      if (part.nextSibling?.nodeType !== Node.TEXT_NODE) part.after(' ') // laid out without it, but read as one word
    }
    for (const button of root.querySelectorAll('.opblock-control-arrow')) button.setAttribute('aria-hidden', 'true') // for pointers
    for (const row of root.querySelectorAll('tr[data-param-name], tr[data-property-name]')) {
      const name = row.dataset.paramName ?? row.dataset.propertyName
      for (const control of row.querySelectorAll('input, select, textarea')) control.setAttribute('aria-label', name)
    }
    for (const body of root.querySelectorAll('.body-param__text')) body.setAttribute('aria-label', 'Request body')
    for (const button of root.querySelectorAll('.json-schema-form-item-remove')) button.setAttribute('aria-label', 'Remove this value')
    for (const pre of root.querySelectorAll('pre:not([tabindex])')) pre.tabIndex = 0 // long ones scroll
  }
  new MutationObserver(mend).observe(root, { childList: true, subtree: true })

  // --- An answer may hold a secret key: Back must not bring it back
  window.addEventListener('pagehide', () => {
    token = null
    root.replaceChildren()
  })
  window.addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })

  const ui = window.SwaggerUIBundle({
    url: root.dataset.specification,
    domNode: root,
    layout: 'LatchkeyPage',
    plugins: [latchkey],
    docExpansion: 'list',
    defaultModelsExpandDepth: -1, // every operation shows its own schemas
    displayRequestDuration: true,
    syntaxHighlight: false, // its colours are for one theme only
    validatorUrl: null,
    requestInterceptor: actAsMe,
    onComplete() {
      document.getElementById(root.dataset.outline).remove()
      ui.preauthorizeApiKey('bearer', '$TOKEN')
      requestAnimationFrame(goToPlace)
    },
  })
})()
