using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>A request as it is written: an HTTP client would put dots and letters of the address right before it sends it, and refuses hosts that are none.</summary>
internal static class RawQuestion
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    /// <summary>Sends, and reads status line, headers and body as one text.</summary>
    public static async Task<string> SendAsync(int port, string host, string target, params (string Name, string Value)[] headers)
    {
        using var limit = new CancellationTokenSource(_patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        var stream = client.GetStream();
        var lines = string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {host}\r\n{lines}Connection: close\r\n\r\n"), limit.Token);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(limit.Token);
    }

    /// <summary>The status of an answer.</summary>
    public static int StatusOf(string answer) => int.Parse(answer.Split(' ')[1], CultureInfo.InvariantCulture);
}
