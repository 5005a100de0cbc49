// Takes the README's picture of a page of advice: the counts, what to act on, and the first histogram.
//
//   node .ci/browser/picture.mjs NODE_MODULES CHROMIUM PAGE PICTURE
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, executablePath, file, picture] = process.argv.slice(2)
const { chromium } = await import(pathToFileURL(resolve(modules, 'playwright-core/index.mjs')))
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1000, height: 1600 }, colorScheme: 'light' })
await page.goto(pathToFileURL(resolve(file)).href)
const end = await page.evaluate(() => document.querySelector('article').getBoundingClientRect().bottom)
await page.screenshot({ path: picture, clip: { x: 0, y: 0, width: 1000, height: Math.ceil(end) + 24 } })
await browser.close()
