using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Subscriptions.Tests;

namespace Subscriptions.Journeys.Support;

/// <summary>Debian's nginx with https in front of a sandbox: newspaper, service and hosted payment pages under three names that no cookie can cross.</summary>
public sealed class NamedHosts : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private readonly SandboxPlace place;
    private readonly string folder = Directory.CreateTempSubdirectory("hosts-").FullName;
    private readonly int port = FreePorts.Take();
    private Process? nginx;

    public NamedHosts(SandboxPlace place) => this.place = place;

    public Uri Newspaper => At("news.example");

    public Uri Service => At("account.example");

    public Uri Pay => At("pay.example");

    /// <summary>What the sandbox has to know of it.</summary>
    public string[] Arguments => [$"--Sandbox:Addresses:Newspaper={Newspaper}", $"--Sandbox:Addresses:Service={Service}", $"--Sandbox:Addresses:Panel={Pay}"];

    /// <summary>That the newspaper believes it where it says that a browser came by https.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string> { ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true" };

    /// <summary>What a browser has to know of it.</summary>
    public static string[] BrowserSwitches => ["--host-resolver-rules=MAP *.example 127.0.0.1", "--ignore-certificate-errors"];

    public async Task StartAsync()
    {
        WriteCertificate();
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), Configuration());
        nginx = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-e", Path.Combine(folder, "error.log")]))!;
        using var limit = new CancellationTokenSource(StartLimit);
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await ListensAsync())
        {
            if (nginx.HasExited) throw new InvalidOperationException("nginx ended: " + await File.ReadAllTextAsync(Path.Combine(folder, "error.log"), limit.Token));
            await looks.WaitForNextTickAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (nginx is not null)
        {
            nginx.Kill(entireProcessTree: true);
            await nginx.WaitForExitAsync();
            nginx.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> ListensAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private Uri At(string host) => new($"https://{host}:{port}");

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in (Uri[])[Newspaper, Service, Pay]) names.AddDnsName(name.Host);
        var request = new CertificateRequest("CN=journeys", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private string Configuration()
    {
        var scratch = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name => $"{name}_temp_path {folder}/{name};\n"));
        var user = System.Environment.UserName == "root" ? "user root;\n" : "";
        return $$"""
            daemon off;
            {{user}}worker_processes 1;
            pid {{folder}}/pid;
            error_log {{folder}}/error.log;
            events {}
            http {
            access_log off;
            {{scratch}}
            ssl_certificate {{folder}}/cert.pem;
            ssl_certificate_key {{folder}}/key.pem;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-For $remote_addr;
            {{Server(Newspaper, place.Newspaper)}}
            {{Server(Service, place.Service)}}
            {{Server(Pay, place.Panel)}}
            }
            """;
    }

    private string Server(Uri name, Uri room) =>
        $"server {{ listen 127.0.0.1:{port} ssl; server_name {name.Host}; location / {{ proxy_pass http://127.0.0.1:{room.Port}; }} }}";
}
