using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Subscriptions.Server.Tests.Features.Api;
using Subscriptions.Tests;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>The example of the documentation, in Debian's nginx, between readers and a website that knows nothing of subscriptions.</summary>
internal sealed class NginxStage : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private readonly GatedWebsite website;
    private readonly Process nginx;
    private readonly string folder;

    private NginxStage(ApiCaller server, GatedWebsite website, Process nginx, string folder, Uri site) =>
        (Server, this.website, this.nginx, this.folder, Site) = (server, website, nginx, folder, site);

    public ApiCaller Server { get; }

    /// <summary>Where readers ask.</summary>
    public Uri Site { get; }

    /// <param name="settings">The service's, beside the site's origin.</param>
    public static Task<NginxStage> StartAsync(params string[] settings) => StartAsync(text => text, settings);

    /// <param name="adapt">What an administrator changes in the example's files.</param>
    /// <param name="settings">The service's, beside the site's origin.</param>
    public static async Task<NginxStage> StartAsync(Func<string, string> adapt, params string[] settings)
    {
        var site = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{FreePorts.Take()}"));
        var server = await ApiCaller.StartAsync([$"--Sites:0:Origins:0={site.GetLeftPart(UriPartial.Authority)}", .. settings]);
        var website = await GatedWebsite.StartAsync();
        var folder = Directory.CreateTempSubdirectory("nginx-").FullName;
        await WriteConfigurationAsync(folder, site, server.Service.Address, website.Address, adapt);
        var nginx = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-e", Path.Combine(folder, "error.log")]))!;
        var stage = new NginxStage(server, website, nginx, folder, site);
        await stage.ListensAsync();
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        nginx.Kill(entireProcessTree: true);
        await nginx.WaitForExitAsync();
        nginx.Dispose();
        await website.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Sends a request as it is written.</summary>
    public Task<string> RawAsync(string target, params (string Name, string Value)[] headers) => RawQuestion.SendAsync(Site.Port, Site.Authority, target, headers);

    private static async Task WriteConfigurationAsync(string folder, Uri site, Uri service, Uri website, Func<string, string> adapt)
    {
        foreach (var file in Directory.EnumerateFiles(ExampleFolder()))
        {
            var text = adapt(await File.ReadAllTextAsync(file));
            text = text.Replace("127.0.0.1:5081", service.Authority, StringComparison.Ordinal).Replace("127.0.0.1:8080", website.Authority, StringComparison.Ordinal)
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
        using var limit = new CancellationTokenSource(_patience);
        using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var http = new HttpClient();
        while (await every.WaitForNextTickAsync(limit.Token))
        {
            if (nginx.HasExited)
            {
                throw new InvalidOperationException("nginx ended: " + await File.ReadAllTextAsync(Path.Combine(folder, "error.log"), limit.Token));
            }

            try
            {
                using var answer = await http.GetAsync(new Uri(Site, "/assets/a"), limit.Token);
                return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }
    }

    private static string ExampleFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", "docs", "examples", "nginx"));
}
