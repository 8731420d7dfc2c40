using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Subscriptions.Domain;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Tests.Features.Api;
using Subscriptions.Server.Tests.Features.Groups;
using Subscriptions.Server.Tests.Features.Sites;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>Somebody who reads.</summary>
/// <param name="Name">How her life began.</param>
/// <param name="Id">Null for somebody who is not signed in.</param>
internal sealed record StageReader(string Name, ReaderId? Id, string? Email, string? Pass)
{
    public static StageReader Nobody { get; } = new("nobody", null, null, null);
}

/// <summary>The service, a website with the middleware in front of its endpoints, and readers in many states.</summary>
internal sealed class AgreementStage : IAsyncDisposable
{
    public const string InstitutionsAddress = "127.0.0.77";
    private const string Staff = "desk@courier.example";

    private static readonly (string Folder, string Requirement)[] _rules =
        [("/free", "free"), ("/registered", "registered"), ("/metered", "metered"), ("/subscriber", "subscriber"), ("/archive", "subscriber:archive"), ("/puzzles", "subscriber:puzzles")];

    private readonly List<StageReader> readers = [];
    private readonly WebApplication website;
    private readonly HttpClient usual, fromInstitution;
    private readonly Browser staff;

    private AgreementStage(ApiCaller server, WebApplication website)
    {
        (Server, this.website) = (server, website);
        (usual, fromInstitution) = (Client(null), Client(IPAddress.Parse(InstitutionsAddress)));
        staff = server.Service.NewBrowser();
    }

    public static IReadOnlyList<string> Folders { get; } = [.. _rules.Select(rule => rule.Folder)];

    public ApiCaller Server { get; }

    public IReadOnlyList<StageReader> Readers => readers;

    public DateTimeOffset Now => Server.Service.Clock.Now;

    public static async Task<AgreementStage> StartAsync()
    {
        var server = await ApiCaller.StartAsync(
        [
            .. GroupPlan.Settings, "--Metering:Articles=3", "--Disputes:WhileOpen=Suspend", "--Dunning:CloseInThirdStage=true", "--Institutions:0:Id=uni", "--Institutions:0:Name=The University", "--Institutions:0:EmailDomains=uni.example",
            "--Institutions:0:Entitlements=archive", $"--Institutions:0:Ranges={InstitutionsAddress}/32", "--Institutions:ConfirmEveryDays=40",
            .. _rules.SelectMany((rule, n) => new[] { $"--Sites:0:Rules:{n}:Path={rule.Folder}/**", $"--Sites:0:Rules:{n}:Requires={rule.Requirement}" }),
        ]);
        var stage = new AgreementStage(server, await StartWebsiteAsync(server.Service.Address));
        await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync(Staff, RunningService.Password, StaffRoles.Support);
        await stage.staff.SubmitAsync(await stage.staff.GetAsync("/support"), "Sign in", ("email", Staff), ("password", RunningService.Password));
        await AgreementCast.BeginAsync(stage);
        return stage;
    }

    public async Task<StageReader> EnterAsync(string name, string domain = "example.com")
    {
        var email = $"{name.Replace(' ', '.')}@{domain}";
        var id = await Server.ReaderAsync(email, name);
        var pass = await SignedIn.PassAndHandleAsync(Server.Service.Services, id);
        var reader = new StageReader(name, id, email, pass);
        readers.Add(reader);
        return reader;
    }

    /// <summary>Asks all about one reader and one article; the website first, since it is what counts a metered article.</summary>
    public async Task<AgreementAnswers> AskAllAsync(StageReader reader, string article, string? from)
    {
        var answers = new AgreementAnswers();
        // What a browser without sign-in has read, no one else knows.
        var tellsUntil = reader.Id is not null || !article.StartsWith("/metered", StringComparison.Ordinal);
        await AskWebsiteAsync(answers, reader, article, from, tellsUntil);
        await AskGateAsync(answers, reader, article, from, tellsUntil);
        await AskApiAsync(answers, reader, article, from, tellsUntil);
        if (reader.Id is not { } id)
        {
            return answers;
        }

        if (from is null && article.StartsWith("/subscriber", StringComparison.Ordinal))
        {
            var answer = await Server.GetAsync($"/api/entitlements/{id.Value}");
            var entitled = answer.GetProperty("entitled").GetBoolean();
            answers.Add("entitlements", (AgreementAnswers.Allowed, YesNo(entitled)), (AgreementAnswers.GrantedBy, Text(answer, "grantedBy")),
                (AgreementAnswers.GrantKind, entitled ? Text(answer, "reason") : null), (AgreementAnswers.ValidUntil, Moment(Text(answer, "validUntil"))));
        }

        var page = await staff.GetAsync($"/support/readers/{id.Value}/why?article={Uri.EscapeDataString(RunningService.Site + article)}{(from is null ? "" : "&from=" + from)}");
        answers.Add("support", (AgreementAnswers.Allowed, page.Document.QuerySelector("strong.yes, strong.no") is { } said ? said.ClassName : page.Text));
        return answers;
    }

    public async ValueTask DisposeAsync()
    {
        usual.Dispose();
        fromInstitution.Dispose();
        staff.Dispose();
        await website.DisposeAsync();
        await Server.DisposeAsync();
    }

    private async Task AskWebsiteAsync(AgreementAnswers answers, StageReader reader, string article, string? from, bool tellsUntil)
    {
        using var request = Request(new Uri(new Uri(website.Urls.Single()), article), reader);
        request.Headers.Add("Accept", "application/json");
        using var answer = await (from is null ? usual : fromInstitution).SendAsync(request);
        if (answer.IsSuccessStatusCode)
        {
            AddHeaders(answers, "website", answer, tellsUntil);
            return;
        }

        var problem = await ApiCaller.JsonAsync(answer);
        answers.Add("website", (AgreementAnswers.Allowed, YesNo(false)), (AgreementAnswers.ReasonName, Text(problem, "reason")), (AgreementAnswers.NextStep, Text(problem, "nextStep")));
    }

    private async Task AskGateAsync(AgreementAnswers answers, StageReader reader, string article, string? from, bool tellsUntil)
    {
        using var request = Request(new Uri(Server.Service.Address, "/gate/check"), reader);
        request.Headers.Add("X-Original-URL", RunningService.Site + article);
        request.Headers.Add("X-Subscription-Site-Key", RunningService.SiteKey);
        if (from is not null)
        {
            request.Headers.Add("X-Subscription-Client-Address", from);
        }

        using var answer = await usual.SendAsync(request);
        AddHeaders(answers, "gate", answer, tellsUntil);
    }

    private async Task AskApiAsync(AgreementAnswers answers, StageReader reader, string article, string? from, bool tellsUntil)
    {
        var answer = await Server.GetAsync($"/api/decisions?url={Uri.EscapeDataString(RunningService.Site + article)}{(reader.Id is { } id ? "&readerId=" + id.Value : "")}{(from is null ? "" : "&from=" + from)}");
        answers.Add("API",
        [
            (AgreementAnswers.Allowed, YesNo(answer.GetProperty("allowed").GetBoolean())), (AgreementAnswers.Outcome, Text(answer, "outcome")), (AgreementAnswers.ReasonName, Text(answer, "reason")),
            (AgreementAnswers.NextStep, Text(answer, "nextStep")), (AgreementAnswers.GrantedBy, Text(answer, "grantedBy")), (AgreementAnswers.GrantKind, Text(answer, "grantKind")),
            .. tellsUntil ? new[] { (AgreementAnswers.ValidUntil, Moment(Text(answer, "validUntil"))) } : [],
        ]);
    }

    // The website of this test writes the same headers as the gate.
    private static void AddHeaders(AgreementAnswers answers, string who, HttpResponseMessage answer, bool tellsUntil)
    {
        answers.Add(who,
        [
            (AgreementAnswers.Allowed, YesNo(answer.IsSuccessStatusCode)), (AgreementAnswers.Outcome, Told("Outcome")), (AgreementAnswers.ReasonName, Told("Reason")), (AgreementAnswers.NextStep, Told("Next-Step") ?? "None"),
            (AgreementAnswers.GrantedBy, Told("Grant")), (AgreementAnswers.GrantKind, Told("Grant-Kind")), .. tellsUntil ? new[] { (AgreementAnswers.ValidUntil, Moment(Told("Valid-Until"))) } : [],
        ]);

        string? Told(string name) => answer.Headers.TryGetValues("X-Subscription-" + name, out var values) ? values.Single() : null;
    }

    private static async Task<WebApplication> StartWebsiteAsync(Uri service)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddPaywall(paywall =>
        {
            paywall.ServiceAddress = service.GetLeftPart(UriPartial.Authority);
            (paywall.SiteId, paywall.SiteKey) = ("courier", RunningService.SiteKey);
        });
        var app = builder.Build();
        app.UseRouting();
        app.UsePaywall();
        app.MapGet("/free/{name}", Show).FreeToRead();
        app.MapGet("/registered/{name}", Show).RequireRegistered();
        app.MapGet("/metered/{name}", Show).Metered();
        app.MapGet("/subscriber/{name}", Show).RequireSubscriber();
        app.MapGet("/archive/{name}", Show).RequireSubscriber("archive");
        app.MapGet("/puzzles/{name}", Show).RequireSubscriber("puzzles");
        await app.StartAsync();
        return app;
    }

    private static void Show(HttpContext context)
    {
        var decision = context.GetPaywallDecision();
        var headers = context.Response.Headers;
        (headers["X-Subscription-Outcome"], headers["X-Subscription-Reason"], headers["X-Subscription-Next-Step"]) = (decision.Outcome.ToString(), decision.Reason.ToString(), decision.NextStep.ToString());
        (headers["X-Subscription-Grant"], headers["X-Subscription-Grant-Kind"]) = (decision.GrantedBy?.Record, decision.GrantedBy?.Kind);
        headers["X-Subscription-Valid-Until"] = decision.ValidUntil?.ToString("O", CultureInfo.InvariantCulture);
    }

    private static HttpRequestMessage Request(Uri address, StageReader reader)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (reader.Pass is { } pass)
        {
            request.Headers.Add("Cookie", "__courier_pass=" + pass);
        }

        return request;
    }

    private static HttpClient Client(IPAddress? from) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = from is null ? null : async (connection, cancel) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(from.MapToIPv6(), 0));
            await socket.ConnectAsync(connection.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private static string YesNo(bool allowed) => allowed ? "yes" : "no";

    private static string? Text(JsonElement answer, string name) => answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Moment(string? text) =>
        text is { Length: > 0 } ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture) : null;
}
