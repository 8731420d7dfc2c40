using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Subscriptions.Sandbox.Tests.Stripe;

/// <summary>An endpoint that keeps what it gets and answers as it is told.</summary>
internal sealed class WebhookEndpoint : IAsyncDisposable
{
    private readonly Channel<(string Signature, string Body)> received = Channel.CreateUnbounded<(string, string)>();
    private readonly WebApplication app;

    private WebhookEndpoint(WebApplication app) => this.app = app;

    public int Status { get; set; } = 200;

    /// <summary>What it answers beside the status.</summary>
    public string? Answer { get; set; }

    public Uri Url => new(app.Urls.Single() + "/hook");

    public static async Task<WebhookEndpoint> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var endpoint = new WebhookEndpoint(builder.Build());
        endpoint.app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            context.Response.StatusCode = endpoint.Status;
            context.Response.Headers.Location = "/elsewhere";
            if (endpoint.Answer is { } answer)
            {
                await context.Response.WriteAsync(answer);
            }

            await endpoint.received.Writer.WriteAsync((context.Request.Headers["Stripe-Signature"].ToString() + context.Request.Headers["Mail-Signature"], body));
        });
        await endpoint.app.StartAsync();
        return endpoint;
    }

    public async Task<(string Signature, string Body)> NextAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await received.Reader.ReadAsync(deadline.Token);
    }

    public bool IsQuiet => received.Reader.Count == 0;

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
