namespace Subscriptions.Server.Features.Billing.Gateway;

/// <summary>
/// Who waits for a call to the gateway: a reader or member of staff in front of a page, or the backlog of due work. The
/// gateway's rate limit leaves room for the former, however long the latter is.
/// </summary>
public static class GatewayLane
{
    private static readonly AsyncLocal<bool> _backlog = new();

    /// <summary>True in work that nobody watches. Flows with the call and ends with the method that set it.</summary>
    public static bool IsBacklog
    {
        get => _backlog.Value;
        set => _backlog.Value = value;
    }
}
