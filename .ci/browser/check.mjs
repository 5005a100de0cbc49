// Renders pages in Chromium and asserts what a reader would notice: nothing overflows, nothing is asked of the
// network, hostile names stay text, text has contrast, the keyboard reaches everything, and tables are tables to a
// screen reader.
//
//   node .ci/browser/check.mjs NODE_MODULES CHROMIUM SCREENSHOTS PAGE...
//
// SCREENSHOTS may be empty: then no pictures are kept.
import { mkdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, executablePath, screenshots, ...pages] = process.argv.slice(2)
const { chromium } = await import(pathToFileURL(resolve(modules, 'playwright-core/index.mjs')))
if (screenshots) mkdirSync(screenshots, { recursive: true })

const failures = []
let passed = 0
function assert(what, holds, seen) {
  if (holds) passed++
  else failures.push(`${what}\n    seen: ${JSON.stringify(seen)}`)
}

// Elements whose text or box sticks out to the side of the window, or of themselves.
function overflowing() {
  const wide = document.documentElement.clientWidth
  const out = []
  const page = document.documentElement.scrollWidth
  if (page > wide) out.push(`the page: ${page} of ${wide}`)
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility()) continue
    const box = e.getBoundingClientRect(), text = `${e.tagName} "${e.textContent.slice(0, 40)}"`
    if (box.right > wide + 0.5 || box.left < -0.5) out.push(`${text} ends at ${box.right}`)
    const marked = e.querySelector('b[aria-hidden]') // labels of marks may reach into the next column
    if (e.matches('th, td, p, h1, h2, h3, h4, dd, dt, li') && !marked && e.scrollWidth > e.clientWidth + 1) {
      out.push(`${text} is ${e.scrollWidth} wide in ${e.clientWidth}`)
    }
  }
  return out
}

// Text with less contrast than WCAG 2 asks for (4.5).
function faint() {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number)
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor)
      if (c.length === 3 || c[3] > 0) return c.slice(0, 3)
    }
    return [255, 255, 255]
  }
  const out = new Set()
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue
    const a = light(channels(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e))
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < 4.5) out.add(`${e.tagName}.${e.className} "${e.textContent.slice(0, 20)}": ${contrast.toFixed(2)}`)
  }
  return [...out]
}

// What a name could do that got out of its text.
function strangers() {
  const allowed = 'HTML HEAD META LINK TITLE STYLE BODY HEADER NAV MAIN FOOTER SECTION ARTICLE DIV H1 H2 H3 H4 ' +
    'P UL LI A SMALL BDI TABLE THEAD TBODY TR TH TD FIGURE FIGCAPTION SPAN I B DL DT DD DETAILS SUMMARY'
  const out = []
  for (const e of document.querySelectorAll('*')) {
    if (!allowed.split(' ').includes(e.tagName)) out.push(e.outerHTML.slice(0, 80))
    for (const a of e.attributes) {
      const leads = (a.name === 'src' || a.name === 'href') && !/^#/.test(a.value)
      if (leads || /^on/i.test(a.name) || /^\s*javascript:/i.test(a.value)) {
        out.push(`${e.tagName} ${a.name}=${a.value}`)
      }
    }
  }
  if (window.pwned) out.push('a script ran')
  return out
}

// A histogram is a table with as many headings as cells, in a figure with a caption.
function badTables() {
  const out = []
  for (const t of document.querySelectorAll('table')) {
    const heads = t.querySelectorAll('thead th[scope=col]').length
    for (const row of t.tBodies[0].rows) {
      if (row.cells.length !== heads) out.push(`${row.textContent}: ${heads} headings`)
    }
  }
  for (const f of document.querySelectorAll('figure')) {
    if (!f.querySelector('figcaption')?.textContent.trim()) out.push('a figure without caption')
  }
  return out
}

// A part for each organisation with its heading, and links that lead somewhere.
function lost() {
  const out = []
  for (const s of document.querySelectorAll('section')) {
    const titles = s.querySelectorAll('h2')
    if (titles.length !== 1 || titles[0].id !== s.getAttribute('aria-labelledby')) out.push(`section ${s.id}`)
  }
  for (const a of document.querySelectorAll('a[href]')) {
    if (!document.getElementById(a.getAttribute('href').slice(1))) out.push(a.outerHTML.slice(0, 80))
  }
  const parts = document.querySelectorAll('section').length, named = document.querySelectorAll('nav a').length
  if (named !== (parts > 1 ? parts : 0)) out.push(`${named} of ${parts} organisations in the list`)
  return out
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
for (const file of pages) {
  const name = basename(file, '.html')
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [360, 768, 1440]) {
      const where = `${name}, ${width} px, ${colorScheme}`
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
      const page = await context.newPage()
      const asked = [], said = []
      page.on('request', (r) => asked.push(r.url()))
      page.on('console', (m) => said.push(m.text()))
      page.on('dialog', (d) => { said.push(`dialog ${d.message()}`); d.dismiss() })
      const address = pathToFileURL(resolve(file)).href
      await page.goto(address)
      for (const folded of [true, false]) {
        if (!folded) await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true }))
        const overflow = await page.evaluate(overflowing)
        assert(`${where}${folded ? '' : ', unfolded'}: nothing overflows`, overflow.length === 0, overflow.slice(0, 5))
        if (screenshots) {
          const picture = `${name}-${width}-${colorScheme}${folded ? '' : '-unfolded'}.png`
          await page.screenshot({ path: join(screenshots, picture), fullPage: true })
        }
      }
      assert(`${where}: no request but the page`, asked.every((u) => u === address), asked)
      assert(`${where}: the console is silent`, said.length === 0, said)
      const looks = {
        contrast: faint, 'names are text': strangers, 'tables are tables': badTables, 'nothing is lost': lost,
      }
      for (const [what, look] of Object.entries(looks)) {
        const seen = await page.evaluate(look)
        assert(`${where}: ${what}`, seen.length === 0, seen.slice(0, 5))
      }
      if (width === 768 && colorScheme === 'light') await keyboard(page, where)
      await context.close()
    }
  }
  await printed(file, name)
}

// Tab reaches each link and each fold, in the page's order, and shows where it is.
async function keyboard(page, where) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = false }))
  const wanted = await page.evaluate(() => document.querySelectorAll('a[href], summary').length)
  let reached = 0, shown = 0
  for (let i = 0; i < wanted; i++) {
    await page.keyboard.press('Tab')
    const now = await page.evaluate(() => {
      const e = document.activeElement
      return { on: e.matches('a[href], summary'), outline: getComputedStyle(e).outlineStyle }
    })
    reached += now.on
    shown += now.outline !== 'none'
  }
  const all = reached === wanted && shown === wanted
  assert(`${where}: the keyboard reaches ${wanted} links and folds`, all, { reached, shown })
  const fold = page.locator('summary').first()
  if (await fold.count()) {
    await fold.focus()
    await page.keyboard.press('Enter')
    assert(`${where}: Enter unfolds`, await page.evaluate(() => document.querySelector('details').open), false)
  }
}

// On paper everything is unfolded.
async function printed(file, name) {
  const page = await browser.newPage()
  await page.goto(pathToFileURL(resolve(file)).href)
  await page.emulateMedia({ media: 'print' })
  const hidden = await page.evaluate(() => [...document.querySelectorAll('details article h4')]
    .filter((e) => e.getBoundingClientRect().height === 0).map((e) => e.textContent))
  assert(`${name}, printed: nothing stays folded`, hidden.length === 0, hidden.slice(0, 5))
  if (screenshots) await page.pdf({ path: join(screenshots, `${name}.pdf`), format: 'A4', printBackground: true })
  await page.close()
}

await browser.close()
for (const failure of failures) console.error(`  FAIL ${failure}`)
console.log(`browser: ${passed} checks hold, ${failures.length} fail`)
process.exit(failures.length === 0 ? 0 : 1)
