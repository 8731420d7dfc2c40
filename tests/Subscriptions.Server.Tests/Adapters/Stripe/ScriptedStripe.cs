using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Adapters.Stripe;

/// <summary>What the peer was asked.</summary>
internal sealed record SeenRequest(string Method, string Path, string? Key, string? Authorization, string? Version, IReadOnlyDictionary<string, string> Form);

/// <summary>A peer on loopback that answers what a test scripted, in order, over real HTTP.</summary>
internal sealed class ScriptedStripe : IAsyncDisposable
{
    public const string Secret = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<RequestDelegate> _answers = new();
    private readonly ServiceProvider _services;

    private ScriptedStripe(WebApplication app, StripeSettings settings, LogMemory logs)
    {
        (_app, Logs) = (app, logs);
        var services = new ServiceCollection().AddLogging(log => log.SetMinimumLevel(LogLevel.Trace).AddProvider(logs));
        AdaptersUnderTest.Parts().AddGateway(services, settings);
        _services = services.BuildServiceProvider();
    }

    public LogMemory Logs { get; }

    public List<SeenRequest> Seen { get; } = [];

    public IPaymentGateway Gateway => _services.GetRequiredService<IPaymentGateway>();

    public static async Task<ScriptedStripe> StartAsync(int retries = 2, int callMilliseconds = 5000, int totalMilliseconds = 8000)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        ScriptedStripe? peer = null;
        app.Use((RequestDelegate _) => context => peer!.AnswerAsync(context));
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return peer = new ScriptedStripe(app, new StripeSettings
        {
            ApiBase = new Uri(address),
            SecretKey = Secret,
            WebhookSecrets = ["whsec_testtesttest"],
            MaxRetries = retries,
            RetryDelay = TimeSpan.FromMilliseconds(10),
            CallTimeout = TimeSpan.FromMilliseconds(callMilliseconds),
            TotalTimeout = TimeSpan.FromMilliseconds(totalMilliseconds),
        }, new LogMemory());
    }

    public ScriptedStripe Then(int status, string body, params (string Name, string Value)[] headers) => Then(context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        return context.Response.WriteAsync(body);
    });

    public ScriptedStripe ThenDrop() => Then(context =>
    {
        context.Abort();
        return Task.CompletedTask;
    });

    public ScriptedStripe ThenSilence() => Then(context =>
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.Register(gone.SetResult);
        return gone.Task;
    });

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _app.DisposeAsync();
    }

    private ScriptedStripe Then(RequestDelegate answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var form = request.HasFormContentType ? await request.ReadFormAsync() : FormCollection.Empty;
        lock (Seen)
        {
            Seen.Add(new SeenRequest(request.Method, request.Path + request.QueryString, request.Headers["Idempotency-Key"],
                request.Headers.Authorization, request.Headers["Stripe-Version"], form.ToDictionary(f => f.Key, f => f.Value.ToString())));
        }

        if (_answers.TryDequeue(out var answer))
        {
            await answer(context);
        }
        else
        {
            context.Response.StatusCode = 418;
        }
    }
}

/// <summary>Keeps every log line, so that a test can say what must not stand in any.</summary>
internal sealed class LogMemory : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string All => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception) + exception);

    public void Dispose()
    {
    }
}
