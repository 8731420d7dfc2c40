using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Tests.Hosting;

/// <summary>The service behind a proxy that ends TLS.</summary>
internal sealed class PublicAddressTests
{
    private string folder = null!;

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("public-address-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task Pages_with_forms_open_behind_a_proxy_that_ends_TLS_and_their_cookies_are_secure()
    {
        await using var service = ServerHost.Create(Settings(), builder =>
        {
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        });
        await service.StartAsync();
        using var browser = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };
        foreach (var path in (string[])["/sign-in", "/register", "/subscribe", "/support/sign-in"])
        {
            using var page = await browser.GetAsync(new Uri(path, UriKind.Relative));
            Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK), path);
            var kept = page.Headers.GetValues("Set-Cookie").Where(cookie => !cookie.Contains("=; expires=", StringComparison.Ordinal));
            Assert.That(kept, Is.Not.Empty.And.All.Contains("secure"), path);
        }

        await service.StopAsync();
    }

    [Test]
    public async Task Pages_with_forms_are_shown_without_a_word_in_the_log()
    {
        using var log = new WarningLog();
        await using var service = ServerHost.Create(Settings(), builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log);
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        });
        await service.StartAsync();
        using var browser = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };
        foreach (var path in (string[])["/sign-in", "/subscribe", "/support/sign-in"])
        {
            using var page = await browser.GetAsync(new Uri(path, UriKind.Relative));
            Assert.That(page.Headers.CacheControl?.NoStore, Is.True, path);
        }

        await service.StopAsync();
        Assert.That(log.Lines.Where(line => line.StartsWith("Microsoft.AspNetCore.Antiforgery", StringComparison.Ordinal)), Is.Empty);
    }

    private string[] Settings() =>
    [
        "--Publisher:Name=The Courier", "--Publisher:Address=https://account.example.com",
        "--Stripe:SecretKey=sk_test_never_asked", "--Stripe:WebhookSecret=whsec_never_asked",
        "--Smtp:Host=127.0.0.1", "--Smtp:Port=9", "--Smtp:StartTls=false", "--Smtp:FromAddress=courier@example.com",
        $"--Database:ConnectionString=Data Source={Path.Combine(folder, "service.db")};Pooling=False",
    ];

    /// <summary>Keeps what is logged as a warning or worse, each line after its category.</summary>
    private sealed class WarningLog : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

        public void Dispose()
        {
            // Nothing is held.
        }

        private sealed class Category(WarningLog log, string name) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                {
                    log.Lines.Enqueue($"{name}: {formatter(state, exception)}");
                }
            }
        }
    }
}
