namespace Subscriptions.Server.Features.MyAccount;

/// <summary>The button that leads to the bank's question.</summary>
/// <param name="Path">The page that asks the bank.</param>
/// <param name="Return">The website's page to come back to; null for none.</param>
public sealed record ConfirmAtBank(string Path, string? Return)
{
    /// <summary>For whoever holds the payment link.</summary>
    public static ConfirmAtBank ByLink(string token, string? returnTo) => new($"/pay/{Uri.EscapeDataString(token)}/confirm", returnTo);

    /// <summary>For the reader who is signed in.</summary>
    public static ConfirmAtBank SignedIn(string? returnTo) => new("/my-account/payment/confirm", returnTo);
}
