using System.Security.Cryptography;

namespace Subscriptions.Server.Features.Scripts;

/// <summary>The script that websites include: its text, its address and what a browser checks it by.</summary>
public static class PaywallScript
{
    /// <summary>The address that always gives the present script; without integrity, since an upgrade changes it.</summary>
    public const string Alias = "/scripts/paywall.js";

    private const string Resource = "Subscriptions.Server.Features.Scripts.Assets.paywall.js";
    private const int HashLetters = 8;

    /// <summary>The bytes as they are sent.</summary>
    public static ReadOnlyMemory<byte> Bytes { get; } = Read();

    /// <summary>The first letters of its SHA-256: what its own address carries.</summary>
    public static string Version { get; } = Convert.ToHexStringLower(SHA256.HashData(Bytes.Span))[..HashLetters];

    /// <summary>The address of exactly these bytes.</summary>
    public static string Path { get; } = $"/scripts/paywall-{Version}.js";

    /// <summary>What the <c>integrity</c> attribute has to say.</summary>
    public static string Integrity { get; } = "sha384-" + Convert.ToBase64String(SHA384.HashData(Bytes.Span));

    /// <summary>The element that a page includes.</summary>
    /// <param name="service">The service's public address.</param>
    public static string Tag(Uri service) =>
        $"""<script src="{new Uri(service, Path)}" integrity="{Integrity}" crossorigin="anonymous" defer></script>""";

    private static byte[] Read()
    {
        using var stream = typeof(PaywallScript).Assembly.GetManifestResourceStream(Resource)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
