using System.Net;
using System.Text.RegularExpressions;

namespace Subscriptions.Journeys.Support;

/// <summary>Walks pages by their forms, without scripts: for load, where a real browser would be too slow.</summary>
public sealed partial class FormBrowser : IDisposable
{
    private readonly HttpClient http;

    public FormBrowser() =>
        http = new(new SocketsHttpHandler { CookieContainer = Jar, UseProxy = false, MaxAutomaticRedirections = 12 }) { Timeout = TimeSpan.FromSeconds(30) };

    public CookieContainer Jar { get; } = new();

    /// <summary>Signs in from a page of the newspaper, and comes back to it.</summary>
    public async Task SignInAsync(Uri newspaper, string path, string email, string password)
    {
        var form = await GetAsync(new Uri(newspaper, "/gate/sign-in?to=" + Uri.EscapeDataString(path)));
        var back = await SubmitAsync(form, "Sign in", ("email", email), ("password", password));
        if (back is not { Address: var address } || address != new Uri(newspaper, path)) throw new InvalidOperationException($"{email} was led to {back?.Address}: {back?.Html}");
    }

    /// <summary>One look at a page, as a person or as a program.</summary>
    public async Task<(int Status, string Text)> LookAsync(Uri address, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<(Uri Address, string Html)> GetAsync(Uri address)
    {
        using var answer = await http.GetAsync(address);
        return (answer.RequestMessage!.RequestUri!, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends the form that holds a button; null when the page has none.</summary>
    public async Task<(Uri Address, string Html)?> SubmitAsync((Uri Address, string Html) page, string button, params (string Name, string Value)[] entered)
    {
        var form = Form().Matches(page.Html).FirstOrDefault(f => f.Value.Contains(button, StringComparison.Ordinal));
        if (form is null) return null;
        var fields = Hidden().Matches(form.Value).Select(h => (Name: Attribute(h.Value, "name"), Value: Attribute(h.Value, "value")))
            .Where(h => entered.All(e => e.Name != h.Name)).Concat(entered).Select(f => KeyValuePair.Create(f.Name, f.Value));
        var action = Attribute(form.Groups[1].Value, "action");
        using var body = new FormUrlEncodedContent(fields);
        using var answer = await http.PostAsync(action.Length == 0 ? page.Address : new Uri(page.Address, action), body);
        return (answer.RequestMessage!.RequestUri!, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose() => http.Dispose();

    private static string Attribute(string tag, string name) =>
        WebUtility.HtmlDecode(Regex.Match(tag, $"\\s{name}=\"([^\"]*)\"").Groups[1].Value);

    [GeneratedRegex("<form([^>]*)>.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>")]
    private static partial Regex Hidden();
}
