using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Subscriptions.Server.Tests.Features;

/// <summary>A page as a browser without scripts sees it.</summary>
internal sealed record Page(HttpStatusCode Status, Uri Url, IHtmlDocument Document, HttpResponseMessage Response)
{
    /// <summary>What can be read on it, in one line.</summary>
    public string Text => string.Join(' ', (Document.Body?.TextContent ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    public string Heading => Document.QuerySelector("h1")?.TextContent.Trim() ?? "";

    public string MainText => string.Join(' ', (Document.QuerySelector("main")?.TextContent ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    public Uri Link(string text) => new(Url, Document.QuerySelectorAll("a").First(a => a.TextContent.Contains(text, StringComparison.Ordinal)).GetAttribute("href")!);
}

/// <summary>Keeps cookies and follows redirects within this machine, but for the website's own address, which nobody answers here.</summary>
internal sealed class Browser : IDisposable
{
    private const int MostRedirects = 10;

    private readonly CookieContainer jar;
    private readonly HttpClient http;
    private readonly Uri home;
    private readonly HtmlParser parser = new();

    public Browser(Uri home)
    {
        this.home = home;
        jar = new CookieContainer();
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = true, CookieContainer = jar });
    }

    public IReadOnlyList<Cookie> Jar(Uri address) => [.. jar.GetCookies(address).Cast<Cookie>()];

    public IEnumerable<string> Cookies(Uri address) => Jar(address).Select(cookie => $"{cookie.Name}={cookie.Value}");

    public Task<Page> GetAsync(string address) => GetAsync(new Uri(home, address));

    public Task<Page> GetAsync(Uri address) => FollowAsync(new HttpRequestMessage(HttpMethod.Get, address));

    /// <summary>One request, no redirect followed.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => http.SendAsync(request);

    public Task<HttpResponseMessage> OnlyGetAsync(string address) => http.GetAsync(new Uri(home, address));

    /// <summary>Sends the form of a page that holds a button with this text, hidden fields included.</summary>
    public Task<Page> SubmitAsync(Page page, string button, params (string Name, string Value)[] entered) => FollowAsync(Filled(page, button, entered));

    /// <summary>The request that a form would send.</summary>
    public static HttpRequestMessage Filled(Page page, string button, params (string Name, string Value)[] entered)
    {
        var form = page.Document.QuerySelectorAll("form").OfType<IHtmlFormElement>()
            .FirstOrDefault(f => f.QuerySelectorAll("button").Any(b => b.TextContent.Trim() == button))
            ?? throw new InvalidOperationException($"No form with “{button}” on: {page.Text}");
        var fields = form.QuerySelectorAll("input").OfType<IHtmlInputElement>()
            .Where(i => i.Name is { Length: > 0 } && (i.Type is not ("radio" or "checkbox") || i.IsChecked) && entered.All(e => e.Name != i.Name))
            .Select(i => KeyValuePair.Create(i.Name!, i.Value))
            .Concat(entered.Select(e => KeyValuePair.Create(e.Name, e.Value)));
        var action = form.GetAttribute("action") is { Length: > 0 } written ? new Uri(page.Url, written) : page.Url;
        return new HttpRequestMessage(HttpMethod.Post, action) { Content = new FormUrlEncodedContent(fields) };
    }

    public async Task<Page> SignInAsync(string email, string password)
    {
        var page = await GetAsync("/sign-in");
        return await SubmitAsync(page, "Sign in", ("email", email), ("password", password));
    }

    /// <summary>Lays a test card down on the gateway's page and comes back.</summary>
    public Task<Page> PayWithAsync(Page hosted, string card) => SubmitAsync(hosted, "Save card", ("test_card", card));

    /// <summary>Follows redirects, and looks again at a page that says of itself that it does, though sooner.</summary>
    public async Task<Page> FollowAsync(HttpRequestMessage request)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var hops = 0; ; hops++)
        {
            var response = await http.SendAsync(request);
            var url = request.RequestUri!;
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307) || hops == MostRedirects || response.Headers.Location is not { } location)
            {
                var document = await parser.ParseDocumentAsync(await response.Content.ReadAsStringAsync());
                if (document.QuerySelector("meta[http-equiv=refresh]") is null || !await every.WaitForNextTickAsync(patience.Token))
                {
                    return new Page(response.StatusCode, url, document, response);
                }

                hops = 0;
                request = new HttpRequestMessage(HttpMethod.Get, url);
                continue;
            }

            var next = new Uri(url, location);
            if (next.GetLeftPart(UriPartial.Authority) == RunningService.Site)
            {
                return new Page(response.StatusCode, next, await parser.ParseDocumentAsync(""), response);
            }

            request = new HttpRequestMessage(HttpMethod.Get, next);
        }
    }

    public void Dispose() => http.Dispose();
}
