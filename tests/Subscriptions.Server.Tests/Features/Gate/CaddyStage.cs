using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Subscriptions.Server.Tests.Features.Api;
using Subscriptions.Tests;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>The example of the documentation, in Debian's Caddy, between readers and a website that knows nothing of subscriptions.</summary>
internal sealed class CaddyStage : IAsyncDisposable
{
    private const string Head = "\ncourier.example {";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private readonly GatedWebsite website;
    private readonly Process caddy;
    private readonly ConcurrentQueue<string> said = [];
    private readonly string folder;

    private CaddyStage(ApiCaller server, GatedWebsite website, Process caddy, string folder, Uri site, Uri orphan) =>
        (Server, this.website, this.caddy, this.folder, Site, Orphan) = (server, website, caddy, folder, site, orphan);

    public ApiCaller Server { get; }

    /// <summary>Where readers ask.</summary>
    public Uri Site { get; }

    /// <summary>The same website by the same example, where nobody is at the service's address.</summary>
    public Uri Orphan { get; }

    /// <param name="settings">The service's, beside the site's origin.</param>
    public static async Task<CaddyStage> StartAsync(params string[] settings)
    {
        var ports = FreePorts.Take(3);
        var (site, orphan) = (At(ports[0]), At(ports[1]));
        var server = await ApiCaller.StartAsync([$"--Sites:0:Origins:0={site.GetLeftPart(UriPartial.Authority)}", .. settings]);
        var website = await GatedWebsite.StartAsync();
        var folder = Directory.CreateTempSubdirectory("caddy-").FullName;
        var file = Path.Combine(folder, "Caddyfile");
        await File.WriteAllTextAsync(file, await ConfigurationAsync(site, orphan, server.Service.Address, At(ports[2]), website.Address));
        var start = new ProcessStartInfo("/usr/bin/caddy", ["run", "--adapter", "caddyfile", "--config", file]) { RedirectStandardError = true, RedirectStandardOutput = true };
        // Where it keeps what it writes by itself.
        foreach (var name in (string[])["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"])
        {
            start.Environment[name] = folder;
        }

        var stage = new CaddyStage(server, website, Process.Start(start)!, folder, site, orphan);
        stage.Listen();
        await stage.ListensAsync();
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        caddy.Kill(entireProcessTree: true);
        await caddy.WaitForExitAsync();
        caddy.Dispose();
        await website.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Sends a request to the site as it is written.</summary>
    public Task<string> RawAsync(string target, params (string Name, string Value)[] headers) => RawAsync(Site, target, headers);

    /// <summary>Sends a request as it is written.</summary>
    public static Task<string> RawAsync(Uri site, string target, params (string Name, string Value)[] headers) => RawQuestion.SendAsync(site.Port, site.Authority, target, headers);

    // The example's site twice, with the addresses of each.
    private static async Task<string> ConfigurationAsync(Uri site, Uri orphan, Uri service, Uri nobody, Uri website)
    {
        var example = (await File.ReadAllTextAsync(ExampleFile())).Replace("SITE-KEY", RunningService.SiteKey, StringComparison.Ordinal);
        var parts = example.Split(Head);
        string Block(Uri front, Uri gate) => $"\n{front.GetLeftPart(UriPartial.Authority)} {{{parts[1]}"
            .Replace("127.0.0.1:5081", gate.Authority, StringComparison.Ordinal).Replace("127.0.0.1:8080", website.Authority, StringComparison.Ordinal);
        return $"{{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n\tlog {{\n\t\tlevel ERROR\n\t}}\n}}\n{parts[0]}{Block(site, service)}{Block(orphan, nobody)}";
    }

    private static Uri At(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}"));

    // Whoever does not read what it says makes it wait when the pipe is full.
    private void Listen()
    {
        caddy.OutputDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        caddy.ErrorDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        caddy.BeginOutputReadLine();
        caddy.BeginErrorReadLine();
    }

    private async Task ListensAsync()
    {
        using var limit = new CancellationTokenSource(_patience);
        using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var http = new HttpClient();
        while (await every.WaitForNextTickAsync(limit.Token))
        {
            if (caddy.HasExited)
            {
                // Until all that it said has come.
                await caddy.WaitForExitAsync(limit.Token);
                throw new InvalidOperationException("Caddy ended: " + string.Join('\n', said));
            }

            try
            {
                using var answer = await http.GetAsync(new Uri(Site, "/gate/check"), limit.Token);
                return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }
    }

    private static string ExampleFile([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", "docs", "examples", "caddy", "Caddyfile"));
}
