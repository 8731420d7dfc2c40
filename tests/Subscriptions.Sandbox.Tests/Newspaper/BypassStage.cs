using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Journeys.Support;
using Subscriptions.Paywall.Tests.Support;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Newspaper;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Server.Features.Sites;

namespace Subscriptions.Sandbox.Tests.Newspaper;

/// <summary>The whole sandbox, a subscriber, somebody who may not read, and the words that only the subscriber may see.</summary>
internal sealed partial class BypassStage : IAsyncDisposable
{
    public const string Subscribers = "/articles/the-last-chain-ferry";
    public const string Metered = "/articles/library-lights-on-till-ten";
    public const string Archived = "/archive/the-great-clock-gale";
    public const string Free = "/articles/the-fourteen-is-back";
    public const string CrawlersAddress = "127.0.0.66";

    private const int FewestLetters = 28;

    private static readonly ArticleLibrary _library = new();
    private static readonly string[] _readFirst = ["market-day-to-move", "the-gilded-perch-reviewed", "the-marrow-verdict"];

    private readonly TestFolder folder = new();
    private readonly SandboxOptions options;
    private readonly SandboxProcess process;
    private readonly HttpClient plain = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private SandboxClock clock = null!;
    private WebApplication keeper = null!;
    private JsonElement book;

    private BypassStage()
    {
        options = TestOptions.In(folder.Path, SandboxRooms.All);
        process = new SandboxProcess(options, ["--Gifts:Uses=1"], TimeProvider.System);
    }

    public Uri Newspaper => SandboxOptions.At(options.Ports.Newspaper);

    public Uri Service => SandboxOptions.At(options.Ports.Service);

    public string SiteKey => book.GetProperty("siteKey").GetString()!;

    /// <summary>The cookies of somebody who subscribes.</summary>
    public string Subscriber { get; private set; } = "";

    public (string Email, string Password, string Id) SubscribersAccount { get; private set; }

    /// <summary>The cookies of somebody who is registered, and has read what she may without a subscription.</summary>
    public string Other { get; private set; } = "";

    /// <summary>The cookies of somebody who is not signed in, and has read in this browser what she may.</summary>
    public string Stranger { get; private set; } = "";

    /// <summary>The service's own key, as only the service has it.</summary>
    public ECDsaSecurityKey Key { get; private set; } = null!;

    /// <summary>What the subscriber alone may see of an article: runs of letters that stand alike in HTML and JSON.</summary>
    public static IReadOnlyList<string> WordsOf(string path)
    {
        var article = _library.Find(path.Split('/')[^1])!;
        return [.. article.Blocks.Skip(article.Teaser).SelectMany(block => Letters().Matches(block.Text).Select(run => run.Value)).Where(run => run.Length >= FewestLetters)];
    }

    /// <summary>The gated words of any of the three articles that are in a text.</summary>
    public static IEnumerable<string> Gated(string text) => new[] { Subscribers, Metered, Archived }.SelectMany(WordsOf).Where(words => text.Contains(words, StringComparison.OrdinalIgnoreCase));

    public static async Task<BypassStage> StartAsync()
    {
        var stage = new BypassStage();
        await stage.process.StartAsync(CancellationToken.None);
        stage.book = await stage.plain.GetFromJsonAsync<JsonElement>(new Uri(SandboxOptions.At(stage.options.Ports.Panel), "/readers.json"));
        stage.clock = SandboxClock.Open(stage.folder.Path, TimeProvider.System, keep: false, null);
        // Built and never started: what knows the folder's secrets signs with them.
        stage.keeper = ServiceRoom.Build([], stage.options, stage.clock);
        stage.Key = await stage.keeper.Services.GetRequiredService<SigningKeys>().CurrentAsync();
        stage.SubscribersAccount = stage.Account("basil.");
        stage.Subscriber = WithoutHandle(await stage.CookiesOfAsync(stage.SubscribersAccount));
        stage.Other = WithoutHandle(await stage.CookiesOfAsync(stage.Account("xavier.")));
        foreach (var article in _readFirst)
        {
            await stage.GetAsync("/articles/" + article, stage.Other);
            using var read = await stage.SendAsync(HttpMethod.Get, "/articles/" + article, stage.Stranger);
            stage.Stranger = read.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith("__courier_meter=", StringComparison.Ordinal)).Split(';')[0];
        }

        return stage;
    }

    public (string Email, string Password, string Id) Account(string beginning)
    {
        var found = book.GetProperty("readers").EnumerateArray().First(one => one.GetProperty("email").GetString()!.StartsWith(beginning, StringComparison.Ordinal));
        return (found.GetProperty("email").GetString()!, found.GetProperty("password").GetString()!, found.GetProperty("readerId").GetString()!);
    }

    public async Task<string> CookiesOfAsync((string Email, string Password, string Id) account)
    {
        using var browser = new FormBrowser();
        await browser.SignInAsync(Newspaper, Free, account.Email, account.Password);
        await browser.LookAsync(new Uri(Newspaper, Subscribers));
        return string.Join("; ", browser.Jar.GetCookies(Newspaper).Where(cookie => cookie.Name.StartsWith("__courier_", StringComparison.Ordinal)).Select(cookie => $"{cookie.Name}={cookie.Value}"));
    }

    // Whoever shows a handle may be given new cookies, which nobody keeps here.
    private static string WithoutHandle(string cookies) => string.Join("; ", cookies.Split("; ").Where(one => !one.StartsWith("__courier_handle=", StringComparison.Ordinal)));

    public static string CookieOf(string cookies, string name) => cookies.Split("; ").First(one => one.StartsWith($"__courier_{name}=", StringComparison.Ordinal)).Split('=', 2)[1];

    /// <summary>A request as a client writes it; nothing is followed.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? cookies, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(Newspaper, address));
        if (cookies is { Length: > 0 }) request.Headers.Add("Cookie", cookies);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await plain.SendAsync(request);
    }

    public async Task<string> GetAsync(string address, string? cookies, params (string Name, string Value)[] headers)
    {
        using var answer = await SendAsync(HttpMethod.Get, address, cookies, headers);
        return $"{(int)answer.StatusCode}\n{answer.Headers}\n{answer.Content.Headers}\n{await answer.Content.ReadAsStringAsync()}";
    }

    public async Task<string> RawAsync(string method, string target, string? cookies, params (string Name, string Value)[] headers) =>
        await RawRequest.SendAsync(Newspaper, method, target, cookies is { Length: > 0 } ? [("Cookie", cookies), .. headers] : headers);

    /// <summary>The same from the crawler's own address.</summary>
    public async Task<string> FromCrawlerAsync(string target, string agent)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(CrawlersAddress), 0));
                await socket.ConnectAsync(IPAddress.Loopback, options.Ports.Newspaper, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        http.DefaultRequestHeaders.UserAgent.ParseAdd(agent);
        return await http.GetStringAsync(new Uri(Newspaper, target));
    }

    /// <summary>What the website itself may ask of the service.</summary>
    public async Task<JsonElement> AskServiceAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Service, path)) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", SiteKey);
        using var answer = await plain.SendAsync(request);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>())!;
    }

    public async ValueTask DisposeAsync()
    {
        plain.Dispose();
        if (keeper is not null) await keeper.DisposeAsync();
        clock?.Dispose();
        await process.DisposeAsync();
        folder.Dispose();
    }

    [GeneratedRegex("[A-Za-z, ]+")]
    private static partial Regex Letters();
}
