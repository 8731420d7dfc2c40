using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Sandbox.Tests.Stripe;

namespace Subscriptions.Sandbox.Tests.Panel;

/// <summary>A panel on its own, used as a person with a browser would, and the simulated Stripe in it, used as a service would.</summary>
internal sealed partial class RunningPanel : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private readonly SandboxProcess process;
    private readonly HttpClient http;

    private RunningPanel()
    {
        Options = TestOptions.In(folder.Path, SandboxRooms.Panel);
        process = new SandboxProcess(Options, [], TimeProvider.System);
        http = new HttpClient { BaseAddress = SandboxOptions.At(Options.Ports.Panel) };
    }

    public SandboxOptions Options { get; }

    public SandboxKeys Keys => SandboxKeys.Of(folder.Path);

    public static async Task<RunningPanel> StartAsync()
    {
        var panel = new RunningPanel();
        await panel.process.StartAsync(CancellationToken.None);
        return panel;
    }

    public Task<string> PageAsync(string path) => http.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <summary>Sends a form of a page, and gives the page that came of it, as text without marks of HTML's own.</summary>
    public async Task<(HttpStatusCode Status, string Page)> SendAsync(string page, string? handler, params (string Name, string Value)[] fields)
    {
        var token = Token().Match(await PageAsync(page)).Groups[1].Value;
        using var form = new FormUrlEncodedContent(fields.Append(("__RequestVerificationToken", token)).Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
        using var answer = await http.PostAsync(new Uri(handler is null ? page : $"{page}?handler={handler}", UriKind.Relative), form);
        return (answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    public async Task<JsonObject> StripeAsync(HttpMethod method, string path, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(method, new Uri("/stripe/v1/" + path, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Keys.StripeKey);
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString("N"));
        request.Content = form.Length == 0 ? null : new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await http.SendAsync(request);
        return (await Answer.OfAsync(response)).Body;
    }

    /// <summary>A customer with a card that is her default.</summary>
    public async Task<(string Customer, string Card)> CustomerAsync(string token = "pm_card_visa")
    {
        var customer = (await StripeAsync(HttpMethod.Post, "customers", ("email", "nell.ashdown@harrowmere.example"), ("name", "Nell Ashdown")))["id"]!.GetValue<string>();
        var card = (await StripeAsync(HttpMethod.Post, $"payment_methods/{token}/attach", ("customer", customer)))["id"]!.GetValue<string>();
        await StripeAsync(HttpMethod.Post, "customers/" + customer, ("invoice_settings[default_payment_method]", card));
        return (customer, card);
    }

    /// <summary>A payment of hers that was taken.</summary>
    public async Task<string> PaidAsync(string customer, string card)
    {
        var intent = (await StripeAsync(HttpMethod.Post, "payment_intents", ("customer", customer), ("amount", "1200"), ("currency", "gbp"),
            ("payment_method_types[]", "card"), ("payment_method", card), ("confirm", "true"), ("off_session", "true")))["id"]!.GetValue<string>();
        return intent;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await process.DisposeAsync();
        folder.Dispose();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
