using System.Diagnostics;
using System.Globalization;

namespace Subscriptions.Bench.Gate;

/// <summary>
/// Debian's nginx with the documentation's example, twice in one process: one server asks the real gate, the other an endpoint that does nothing. Behind both
/// is the same small page, served by a third.
/// </summary>
internal sealed class Nginx : IDisposable
{
    private const string Program = "/usr/sbin/nginx";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private readonly Process _master;
    private readonly Process[] _workers;

    private Nginx(Process master) => (_master, _workers) = (master, WorkersOf(master));

    /// <summary>User and system time of all its processes so far.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            var sum = TimeSpan.Zero;
            foreach (var process in (Process[])[_master, .. _workers])
            {
                process.Refresh();
                sum += process.TotalProcessorTime;
            }

            return sum;
        }
    }

    public static async Task<Nginx> StartAsync(Uri gated, Uri service, Uri open, Uri nothing)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Leftovers.Folder, "nginx")).FullName;
        var website = RealService.FreePort();
        await CopyExampleAsync(folder, "gated.conf", gated, service, website, "");
        await CopyExampleAsync(folder, "open.conf", open, nothing, website, "_2");
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), Settings(folder, website));
        var nginx = new Nginx(Leftovers.Start(new ProcessStartInfo(Program, ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-e", Path.Combine(folder, "error.log")])));
        await nginx.ListensAsync(gated, folder);
        return new Nginx(nginx._master);
    }

    public void Dispose()
    {
        Leftovers.End(_master, TimeSpan.FromSeconds(5));
        foreach (var process in (Process[])[_master, .. _workers])
            process.Dispose();
    }

    private static async Task CopyExampleAsync(string folder, string name, Uri site, Uri asked, int website, string suffix)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RealService.Repository, "docs/examples/nginx")))
        {
            var text = (await File.ReadAllTextAsync(file))
                .Replace("127.0.0.1:5081", asked.Authority, StringComparison.Ordinal)
                .Replace("127.0.0.1:8080", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{website}"), StringComparison.Ordinal)
                .Replace("listen 80;", $"listen 127.0.0.1:{site.Port};", StringComparison.Ordinal)
                .Replace("courier.example", "localhost", StringComparison.Ordinal)
                .Replace("SITE-KEY", StubService.SiteKey, StringComparison.Ordinal);
            foreach (var upstream in (string[])["subscriptions", "website"])
            {
                text = text.Replace($"upstream {upstream} ", $"upstream {upstream}{suffix} ", StringComparison.Ordinal)
                    .Replace($"http://{upstream}/", $"http://{upstream}{suffix}/", StringComparison.Ordinal).Replace($"http://{upstream};", $"http://{upstream}{suffix};", StringComparison.Ordinal);
            }

            await File.WriteAllTextAsync(Path.Combine(folder, file.EndsWith(".conf", StringComparison.Ordinal) ? name : Path.GetFileName(file)), text);
        }
    }

    private static string Settings(string folder, int website) => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        {{(Environment.UserName == "root" ? "user root;" : "")}}
        worker_processes auto;
        pid {{folder}}/pid;
        error_log {{folder}}/error.log;
        events {}
        http {
            access_log off;
            client_body_temp_path {{folder}}/client_body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi; uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
            keepalive_requests 100000000;
            include {{folder}}/gated.conf;
            include {{folder}}/open.conf;
            server { listen 127.0.0.1:{{website}}; location / { default_type text/html; return 200 "<main>the lamp stayed lit</main>"; } }
        }
        """);

    private static Process[] WorkersOf(Process master)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"/proc/{master.Id}/task/{master.Id}/children");
        return [.. File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture)))];
    }

    private async Task ListensAsync(Uri address, string folder)
    {
        using var http = new HttpClient();
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_master.HasExited)
                throw new InvalidOperationException("nginx ended: " + await File.ReadAllTextAsync(Path.Combine(folder, "error.log")));
            try
            {
                using var answer = await http.GetAsync(new Uri(address, "/assets/a"));
                return;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(begun) < StartLimit)
            {
                await Task.Delay(50);
            }
        }
    }
}
