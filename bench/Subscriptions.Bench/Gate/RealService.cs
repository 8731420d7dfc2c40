using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;

namespace Subscriptions.Bench.Gate;

/// <summary>The real service, from its own folder, in a process of its own. No Stripe and no mail server is behind it, and nothing it is asked here needs one.</summary>
internal sealed class RealService : IDisposable
{
    private const string ApiKey = "api-key-of-the-bench-0123456789";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly HttpClient _http;

    private RealService(Process process, Uri address)
    {
        (_process, Address) = (process, address);
        _http = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static string Repository { get; } = Metadata("Repository");

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <param name="database">The file.</param>
    /// <param name="site">Where browsers see its website.</param>
    public static async Task<RealService> StartAsync(string database, Uri site)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{FreePort()}"));
        var dll = Path.Combine(Repository, "src/Subscriptions.Server/bin", Metadata("Configuration"), "net10.0/Subscriptions.Server.dll");
        var start = new ProcessStartInfo("dotnet", [dll, .. Settings(address, database, site)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Leftovers.Folder,
        };
        var service = new RealService(Leftovers.Start(start), address);
        await service.IsUpAsync();
        return service;
    }

    /// <summary>The pass with which the reader of <see cref="Book.Handle"/> reads.</summary>
    public async Task<string> PassAsync() => (await CallAsync("api/pass/renew", StubService.SiteKey, new { handle = Book.Handle })).GetProperty("pass").GetString()!;

    /// <summary>Gives a reader access; the id of what was given.</summary>
    public async Task<string> GiveAsync(string reader) => (await CallAsync($"api/readers/{reader}/grants", ApiKey, new { kind = "Complimentary" })).GetProperty("id").GetString()!;

    public Task WithdrawAsync(string grant) => CallAsync($"api/grants/{grant}/withdraw", ApiKey, null);

    public void Dispose()
    {
        _http.Dispose();
        Leftovers.End(_process, StopLimit);
        _process.Dispose();
    }

    private async Task<JsonElement> CallAsync(string path, string key, object? body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString("N"));
        using var response = await _http.SendAsync(request);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadFromJsonAsync<JsonElement>()
            : throw new InvalidOperationException($"{path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    private async Task IsUpAsync()
    {
        // Read on, or the process stands still when the pipe is full.
        var (said, complaints) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_process.HasExited)
                throw new InvalidOperationException("The service ended: " + await complaints + await said);
            try
            {
                using var live = await _http.GetAsync(new Uri("health/live", UriKind.Relative));
                if (live.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(begun) < StartLimit)
            {
                await Task.Delay(100);
            }
        }
    }

    private static string[] Settings(Uri address, string database, Uri site) =>
    [
        $"--urls={address.GetLeftPart(UriPartial.Authority)}", "--Publisher:Name=The Courier", $"--Publisher:Address={address.GetLeftPart(UriPartial.Authority)}",
        "--Stripe:ApiBase=http://127.0.0.1:9", "--Stripe:SecretKey=sk_test_simulator", "--Stripe:WebhookSecret=whsec_simulator",
        "--Smtp:Host=127.0.0.1", "--Smtp:Port=9", "--Smtp:StartTls=false", "--Smtp:FromAddress=courier@example.com",
        $"--Database:ConnectionString=Data Source={database}",
        $"--Sites:0:Id={StubService.SiteId}", "--Sites:0:Name=The Courier", $"--Sites:0:Origins={site.GetLeftPart(UriPartial.Authority)}", $"--Sites:0:Key={StubService.SiteKey}",
        $"--Api:Keys:0={ApiKey}",
    ];

    private static string Metadata(string name) => typeof(RealService).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == name).Value!;
}
