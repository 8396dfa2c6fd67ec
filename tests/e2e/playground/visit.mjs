// One person in the Agents Playground: types, presses, looks. Prints what was seen as JSON; screenshots beside it.
//   node visit.mjs URL CHROMIUM FOLDER
import { chromium } from "playwright-core";

const [url, executablePath, folder] = process.argv.slice(2);
const args = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"];
const browser = await chromium.launch({ executablePath, args });
const page = await browser.newPage({ viewport: { width: 1500, height: 1100 } });
await page.route("**/*", (route) => (new URL(route.request().url()).hostname.match(/^(127\.0\.0\.1|localhost)$/) ? route.continue() : route.abort()));
const seen = {};
let step = "opening";
const shot = (name) => page.screenshot({ path: `${folder}/${name}.png` });
const body = () => page.locator("body").innerText();

async function until(words, seconds = 25) {
  step = `waiting for: ${words}`;
  await page.waitForFunction((text) => document.body.innerText.includes(text), words, { timeout: seconds * 1000 });
}
async function type(words, mention = false) {
  step = `typing: ${words}`;
  const box = page.locator("[role=textbox][data-lexical-editor=true]").first();
  await box.click();
  if (mention) {
    await page.keyboard.type("@SOC", { delay: 30 });
    await page.waitForTimeout(600);
    await page.getByText("SOC Bot", { exact: true }).last().click();
    await page.keyboard.type(" ");
  }
  await page.keyboard.type(words);
  await page.locator('[aria-label="Send Message"]').first().click();
}
const press = async (name) => {
  step = `pressing: ${name}`;
  await page.getByRole("button", { name, exact: true }).last().click();
};

try {
  await page.goto(url);
  await page.waitForTimeout(2500);
  await page.locator('[aria-label="Personal Chat"]').first().click();
  await type("monitor operations --soc-dashboard");
  await until("Open cases");
  await page.waitForTimeout(1500);
  seen.answer = await body();
  const drawn = page.locator("svg").filter({ has: page.locator("path, rect, line") });
  seen.charts = 0;
  for (const one of await drawn.all()) {
    const box = await one.boundingBox();
    if (!box || box.width < 150 || box.height < 80) continue;
    seen.charts += 1;
    if (seen.charts > 1) continue;
    await one.scrollIntoViewIfNeeded();
    await page.waitForTimeout(400);
    await shot("1-chart");
  }
  await shot("1-answer");
  await type("crisis declare Ransomware on file servers --severity 1");
  await until("Declare a major incident?");
  await shot("2-preview");
  await press("Confirm");
  await until("is declared");
  await page.waitForTimeout(500);
  seen.declared = await body();
  await shot("3-replaced");
  await page.locator('[aria-label="SOC - cases"]').first().click();
  await until("As of #");
  seen.board = await body();
  await shot("4-board");
  await press("Take command");
  await until("Incident Commander");
  await page.waitForTimeout(2500);
  seen.taken = await body();
  await shot("5-board-updated");
} catch (error) {
  seen.failed = `${step}: ${String(error).split("\n")[0]}`;
  seen.last = await body().catch(() => "");
  await shot("failed").catch(() => {});
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
