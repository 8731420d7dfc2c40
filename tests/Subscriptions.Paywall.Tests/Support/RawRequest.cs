using System.Net.Sockets;
using System.Text;

namespace Subscriptions.Paywall.Tests.Support;

/// <summary>
/// A request written to the socket letter by letter: an HTTP client resolves dots and decodes letters in an address before it sends
/// it, so that what a test wrote would never arrive.
/// </summary>
public static class RawRequest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Sends, and reads status line, headers and body as one text. HTTP/1.0, since chunks could split what is looked for.</summary>
    public static async Task<string> SendAsync(Uri site, string method, string target, params (string Name, string Value)[] headers)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(site.Host, site.Port, limit.Token);
        var stream = client.GetStream();
        var lines = string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        var request = $"{method} {target} HTTP/1.0\r\nHost: {site.Authority}\r\nContent-Length: 0\r\n{lines}\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), limit.Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(limit.Token);
    }

    /// <summary>The status of an answer.</summary>
    public static int StatusOf(string answer) => int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>An address, and every way of writing it that something on the way might take for another one.</summary>
    /// <param name="folder">Where it lies, such as <c>/archive</c>.</param>
    /// <param name="name">The last segment.</param>
    /// <param name="free">Another address of the site that anybody may read.</param>
    public static IEnumerable<string> WaysToWrite(string folder, string name, string free)
    {
        var path = $"{folder}/{name}";
        var inFolder = folder[1..];
        var (first, rest) = (Encoded(inFolder[0]), inFolder[1..]);
        return
        [
            path, path.ToUpperInvariant(), path + "/", "/" + path, $"{folder}//{name}", $"/.{path}", $"{folder}/./{name}", $"/x/..{path}",
            $"{free}/..{path}", $"{folder}/..{path}", $"{folder}/x/../{name}", $"/%2e{path}", $"/x/%2e%2e{path}", $"/x/%2E.{path}", $"/x/.%2e{path}",
            $"{free}/%2e%2e{path}", $"/{first}{rest}/{name}", $"{folder}/{Encoded(name[0])}{name[1..]}", $"/%25{first[1..]}{rest}/{name}",
            $"{folder}%2f{name}", $"{folder}%252f{name}", $"/{inFolder}%2F{name}", $"/x%2f..{path}", $"{folder}\\{name}", $"{folder}%5c{name}",
            $"/x\\..{path.Replace('/', '\\')}", $"/x/..%5c{inFolder}%5c{name}", $"{folder};a=b/{name}", $"{path};a=b", $"{folder}/;/{name}", $"{free};/..{path}", $"{free}/..;{path}", $"{free}/..;a=b{path}",
            $"{path}?", $"{path}?return={free}", $"{path}%3f{free}", $"{path}#{free}", $"{path}%23", $"{path}%00", $"{path}%20", $"{path}%09", $"{path}.", $"{path}/.",
            $"{path}/%2e", $"{path}/..{free}", $"{path}/..%2f..{free}", $"{path}/%252e%252e{free}", $"{path}%c0%ae", $"{folder}/%c0%af{name}",
            $"http://elsewhere.example{path}", $"http://elsewhere.example{free}/..{path}", $"http://elsewhere.example/x/%2e%2e{path}", $"{inFolder}/{name}", $"*{path}",
        ];
    }

    private static string Encoded(char letter) => $"%{(int)letter:x2}";
}
