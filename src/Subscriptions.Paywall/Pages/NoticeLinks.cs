namespace Subscriptions.Paywall;

/// <summary>The ways out of a payment problem, the main one first; the same wherever a notice is shown.</summary>
internal static class NoticeLinks
{
    public static IEnumerable<(string Label, ServiceLink To)> Of(ReaderNotice notice, PaywallLinks links)
    {
        var update = notice.Stage == NoticeStage.DueToTerminate ? null : links.ToService(notice.UpdatePaymentDetailsUrl);
        if (update is { } pay)
            yield return ("Update payment details", pay);
        if (links.ToService(notice.MyAccountUrl) is { } account)
            yield return ("My Account", account);
    }
}
