using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using NUnit.Framework;

namespace Subscriptions.Journeys.Browser;

/// <summary>Debian's Chromium, and what every page of ours must stand: axe, and a look at two widths.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private const int WaitLimitMs = 20_000;
    private static readonly int[] Widths = [1280, 390];

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (this.playwright, this.browser) = (playwright, browser);

    /// <param name="more">Further switches of its command line.</param>
    public static async Task<Chromium> StartAsync(params string[] more)
    {
        Assertions.SetDefaultExpectTimeout(WaitLimitMs);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Headless = true,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", .. more,
            ],
        });
        return new Chromium(playwright, browser);
    }

    /// <summary>The page of somebody with a browser of her own: no cookie of anybody else.</summary>
    public async Task<IPage> SomebodyAsync(bool scripts = true)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { JavaScriptEnabled = scripts, Locale = "en-GB" });
        context.SetDefaultTimeout(WaitLimitMs);
        return await context.NewPageAsync();
    }

    /// <summary>Fails on anything that axe finds serious or critical.</summary>
    public static async Task IsAccessibleAsync(IPage page)
    {
        var found = await page.RunAxe();
        var grave = found.Violations.Where(violation => violation.Impact is "serious" or "critical").Select(Describe).ToList();
        if (grave.Count > 0) Assert.Fail($"{page.Url}\n{string.Join('\n', grave)}");
    }

    /// <summary>Keeps pictures of the whole page under <c>tests/artifacts</c>, and fails if it is wider than the window.</summary>
    public static async Task KeepPicturesAsync(IPage page, string name)
    {
        foreach (var width in Widths)
        {
            await page.SetViewportSizeAsync(width, 844);
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Artifacts, $"{name}-{width}.png"), FullPage = true });
            var tooWide = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.That(tooWide, Is.Zero, $"{name} at {width} px is wider than the window");
        }

        await page.SetViewportSizeAsync(Widths[0], 844);
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }

    private static string Artifacts { get; } = Directory.CreateDirectory(Path.Combine(TestsFolder(), "artifacts")).FullName;

    private static string TestsFolder()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Subscriptions.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? TestContext.CurrentContext.WorkDirectory, "tests");
    }

    private static string Describe(AxeResultItem violation) =>
        $"{violation.Impact}: {violation.Id}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}";
}
