namespace Subscriptions.Paywall;

/// <summary>One line of <c>Paywall:Rules</c>: what the addresses of a pattern ask for.</summary>
public sealed class PathRule
{
    /// <summary>
    /// The pattern: begins with <c>/</c>; <c>*</c> stands for any part of one segment, <c>**</c> as the last segment for
    /// everything below and the address itself. <c>/archive/**</c>, <c>/articles/*/comments</c>, <c>/papers/*.pdf</c>.
    /// Upper and lower case are the same.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>The requirement: <c>free</c>, <c>registered</c>, <c>metered</c>, <c>subscriber</c> or <c>subscriber:name</c>.</summary>
    public string Requires { get; set; } = "";
}
