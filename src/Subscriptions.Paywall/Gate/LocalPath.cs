namespace Subscriptions.Paywall;

/// <summary>Addresses to which a reader may be led back: paths of this website and nothing else.</summary>
internal static class LocalPath
{
    private const int Longest = 1_500;

    /// <summary>
    /// Whether a text is a path (with query) of this website in every browser's reading: one leading slash, no backslash, and
    /// visible ASCII only, since browsers drop tabs and line breaks and headers carry nothing else.
    /// </summary>
    public static bool IsLocal(string? to) =>
        to is ['/', ..] and not ['/', '/', ..] && to.Length <= Longest
        && !to.Contains('\\', StringComparison.Ordinal) && to.All(c => c is > ' ' and < '\x7f') && !IsGate(to);

    /// <summary>The path if it is local, otherwise the front page.</summary>
    public static string OrHome(string? to) => IsLocal(to) ? to! : "/";

    // Leading back into the gate's own addresses could only loop.
    private static bool IsGate(string to) => to.StartsWith("/gate/", StringComparison.OrdinalIgnoreCase);
}
