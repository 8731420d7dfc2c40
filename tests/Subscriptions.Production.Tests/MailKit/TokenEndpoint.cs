using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Subscriptions.Production.Tests.MailKit;

/// <summary>A mail provider's token endpoint on loopback: gives the first token, the second and so on, or the answer that a test says.</summary>
internal sealed class TokenEndpoint : IAsyncDisposable
{
    private readonly WebApplication app;
    private int given;

    private TokenEndpoint(WebApplication app) => this.app = app;

    /// <summary>What was asked, as the form's fields.</summary>
    public ConcurrentQueue<Dictionary<string, string>> Asked { get; } = new();

    /// <summary>The status and body of every answer; null for a token.</summary>
    public (int Status, string Body)? Answer { get; set; }

    /// <summary>Seconds that a token is good for.</summary>
    public int Lasts { get; set; } = 3600;

    /// <summary>The settings of an account that fetches its tokens here.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings =>
    [
        ("MailKit:OAuth:TokenEndpoint", app.Urls.Single() + "/token"),
        ("MailKit:OAuth:ClientId", "courier-service"),
        ("MailKit:OAuth:ClientSecret", "a secret & a half"),
        ("MailKit:OAuth:Scope", "https://mail.example.com/.default"),
        ("MailKit:OAuth:User", "subscriptions@example.com"),
    ];

    public static async Task<TokenEndpoint> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var endpoint = new TokenEndpoint(app);
        app.MapPost("/token", endpoint.Give);
        await app.StartAsync();
        return endpoint;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> Give(HttpRequest request)
    {
        Asked.Enqueue((await request.ReadFormAsync()).ToDictionary(field => field.Key, field => field.Value.ToString()));
        return Answer is var (status, body)
            ? Results.Content(body, "application/json", statusCode: status)
            : Results.Json(new { access_token = $"token-{Interlocked.Increment(ref given)}", token_type = "Bearer", expires_in = Lasts });
    }
}
