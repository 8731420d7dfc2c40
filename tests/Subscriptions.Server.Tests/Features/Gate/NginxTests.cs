using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Subscriptions.Server.Tests.Features.Api;
using Subscriptions.Tests;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>The example of the documentation, in Debian's nginx, in front of a website that knows nothing of subscriptions.</summary>
internal sealed class NginxTests
{
    private const string Text = "THE GATED TEXT";
    private ApiCaller server = null!;
    private WebApplication website = null!;
    private Process nginx = null!;
    private string folder = "";
    private Uri site = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        site = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{FreePorts.Take()}"));
        server = await ApiCaller.StartAsync(
            $"--Sites:0:Origins:0={site.GetLeftPart(UriPartial.Authority)}", "--Sites:0:Rules:0:Path=/free/**", "--Sites:0:Rules:0:Requires=free",
            "--Crawlers:0:Name=Searchbot", "--Crawlers:0:UserAgent=Searchbot", "--Crawlers:0:Ranges=192.0.2.0/24");
        website = await StartWebsiteAsync();
        folder = Directory.CreateTempSubdirectory("nginx-").FullName;
        await WriteConfigurationAsync();
        nginx = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-e", Path.Combine(folder, "error.log")]))!;
        await ListensAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        nginx.Kill(entireProcessTree: true);
        await nginx.WaitForExitAsync();
        nginx.Dispose();
        await website.DisposeAsync();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task A_reader_signs_in_under_the_sites_own_host_and_reads()
    {
        var reader = await server.ReaderAsync("walk@example.com", "Walk Er", RunningService.Password);
        using var browser = new Browser(site);
        var offer = await browser.GetAsync("/articles/a");
        Assert.That((offer.Status, offer.Heading), Is.EqualTo((HttpStatusCode.PaymentRequired, "Subscribe to read on")));
        Assert.That(offer.Text, Does.Not.Contain(Text));

        var form = await browser.GetAsync(offer.Link("Sign in"));
        var refused = await browser.SubmitAsync(form, "Sign in", ("email", "walk@example.com"), ("password", RunningService.Password));
        Assert.That((refused.Url.AbsolutePath, refused.Status), Is.EqualTo(("/articles/a", HttpStatusCode.PaymentRequired)), refused.Text);

        await GiveAsync(reader.Value);
        var article = await UntilAsync(browser, "/articles/a", HttpStatusCode.OK);
        Assert.Multiple(() =>
        {
            Assert.That(article.Text, Does.Contain(Text).And.Contain($"reader {reader.Value}"));
            Assert.That(article.Response.Headers.CacheControl!.ToString(), Is.EqualTo("no-store, private"));
            Assert.That(article.Response.Headers.Vary, Does.Contain("Cookie"));
        });
        Assert.That((await browser.GetAsync("/premium/a")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired), "the part that asks for more");

        using var signedOut = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(site, "/gate/sign-out")) { Content = new FormUrlEncodedContent([]) });
        Assert.That((int)signedOut.StatusCode, Is.EqualTo(303));
        Assert.That((await browser.GetAsync("/articles/a")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
    }

    [TestCase("X-Subscription-Requirement", "free")]
    [TestCase("X-Original-URL", "http://localhost/free/a")]
    [TestCase("X-Original-URL", "/free/a")]
    [TestCase("X-Original-Method", "HEAD")]
    [TestCase("X-Subscription-Site-Key", RunningService.SiteKey)]
    [TestCase("X-Subscription-Client-Address", "192.0.2.1")]
    [TestCase("X-Forwarded-For", "192.0.2.1")]
    [TestCase("X-Subscription-Region", "UA")]
    [TestCase("X-Rewrite-URL", "/free/a")]
    public async Task Nothing_that_a_client_sends_opens_an_article(string header, string value)
    {
        using var browser = new Browser(site);
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head, HttpMethod.Post])
        {
            using var request = new HttpRequestMessage(method, new Uri(site, "/articles/a"));
            request.Headers.TryAddWithoutValidation(header, value);
            request.Headers.TryAddWithoutValidation("X-Subscription-Site-Key", RunningService.SiteKey);
            request.Headers.TryAddWithoutValidation("User-Agent", "Searchbot/1.0");
            using var answer = await browser.SendAsync(request);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.PaymentRequired), method.Method);
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain(Text));
        }
    }

    [TestCase("/free/../articles/a", HttpStatusCode.PaymentRequired)]
    [TestCase("/free/..%2farticles/a", HttpStatusCode.PaymentRequired)]
    [TestCase("/assets/../articles/a", HttpStatusCode.PaymentRequired)]
    [TestCase("/assets/%2e%2e/articles/a", HttpStatusCode.PaymentRequired)]
    [TestCase("//articles//a", HttpStatusCode.PaymentRequired)]
    [TestCase("/assets/..;/articles/a", HttpStatusCode.PaymentRequired)]
    [TestCase("/assets/..%3b/articles/a", HttpStatusCode.PaymentRequired)]
    [TestCase("/PREMIUM/a", HttpStatusCode.PaymentRequired)]
    [TestCase("/free/..;/premium/a", HttpStatusCode.PaymentRequired)]
    [TestCase("/free/a#/../../articles/a", HttpStatusCode.BadRequest)]
    [TestCase("/assets/x#/../../articles/a", HttpStatusCode.BadRequest)]
    [TestCase("/gate/check", HttpStatusCode.NotFound)]
    [TestCase("/_gate/check", HttpStatusCode.NotFound)]
    [TestCase("/free/a", HttpStatusCode.OK)]
    [TestCase("/assets/a", HttpStatusCode.OK)]
    public async Task However_an_address_is_written_it_is_gated(string target, HttpStatusCode status)
    {
        var answer = await RawAsync(target);
        Assert.That(answer, Does.StartWith(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {(int)status} ")));
        Assert.That(answer.Contains(Text, StringComparison.Ordinal), Is.EqualTo(status == HttpStatusCode.OK));
    }

    [Test]
    public async Task What_the_gate_alone_may_say_never_comes_from_a_client()
    {
        foreach (var path in (string[])["/free/a", "/assets/a"])
        {
            using var browser = new Browser(site);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site, path));
            request.Headers.TryAddWithoutValidation("X-Subscription-Reader", "rdr_somebody");
            using var answer = await browser.SendAsync(request);
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain("rdr_somebody"), path);
        }
    }

    private async Task GiveAsync(string reader)
    {
        using var given = await server.PostAsync($"/api/readers/{reader}/grants", """{"kind":"Complimentary"}""");
        Assert.That(given.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    private static async Task<Page> UntilAsync(Browser browser, string path, HttpStatusCode status)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var page = await browser.GetAsync(path);
            if (page.Status == status || TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(10))
            {
                return page;
            }
        }
    }

    private static async Task<WebApplication> StartWebsiteAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.ContentType = "text/html";
            context.Response.Headers.CacheControl = "public, max-age=600";
            await context.Response.WriteAsync($"<main>{Text}, reader {context.Request.Headers["X-Subscription-Reader"]}</main>");
        });
        await app.StartAsync();
        return app;
    }

    private async Task WriteConfigurationAsync()
    {
        foreach (var file in Directory.EnumerateFiles(ExampleFolder()))
        {
            var text = await File.ReadAllTextAsync(file);
            text = text.Replace("127.0.0.1:5081", server.Service.Address.Authority, StringComparison.Ordinal).Replace("127.0.0.1:8080", new Uri(website.Urls.Single()).Authority, StringComparison.Ordinal)
                .Replace("listen 80;", $"listen 127.0.0.1:{site.Port};", StringComparison.Ordinal).Replace("courier.example", "localhost", StringComparison.Ordinal)
                .Replace("SITE-KEY", RunningService.SiteKey, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, Path.GetFileName(file)), text);
        }

        var scratch = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name => $"{name}_temp_path {folder}/{name};\n"));
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"),
            $"daemon off;\n{(Environment.UserName == "root" ? "user root;\n" : "")}worker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{scratch}include {folder}/courier.conf;\n}}\n");
    }

    private async Task ListensAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var http = new HttpClient();
        while (await every.WaitForNextTickAsync(patience.Token))
        {
            Assert.That(nginx.HasExited, Is.False, "nginx ended: " + (nginx.HasExited ? await File.ReadAllTextAsync(Path.Combine(folder, "error.log")) : ""));
            try
            {
                using var answer = await http.GetAsync(new Uri(site, "/assets/a"), patience.Token);
                return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }
    }

    // An HTTP client would put dots and letters right before it sends them.
    private async Task<string> RawAsync(string target)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, site.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {site.Authority}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static string ExampleFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", "docs", "examples", "nginx"));
}
