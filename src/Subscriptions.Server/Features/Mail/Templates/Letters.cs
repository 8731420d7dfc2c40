using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Shared;
using static Subscriptions.Server.Features.Mail.Templates.Letter;

namespace Subscriptions.Server.Features.Mail.Templates;

/// <summary>What each mail says. To change the wording of one, change it here; both renderings follow.</summary>
internal static class Letters
{
    public static Letter For(MailModel model, string publisher) => model switch
    {
        DunningNoticeMail mail => Notice(mail, publisher),
        DateMovedMail mail => DateMoved(mail, publisher),
        CollectionUnderWayMail mail => CollectionUnderWay(mail, publisher),
        PaymentReceivedMail mail => PaymentReceived(mail, publisher),
        RefundMadeMail mail => RefundMade(mail, publisher),
        CardExpiresMail mail => CardExpires(mail, publisher),
        MethodGoneMail mail => MethodGone(mail, publisher),
        SubscriptionEndedMail mail => Ended(mail, publisher),
        WelcomeMail mail => Welcome(mail, publisher),
        CancellationConfirmedMail mail => Cancelled(mail, publisher),
        PasswordResetMail mail => PasswordReset(mail, publisher),
        ConfirmAddressMail mail => ConfirmAddress(mail, publisher),
        SeatInvitationMail mail => SeatInvitation(mail, publisher),
        _ => throw new ArgumentException($"No words for {model.GetType().Name}.", nameof(model)),
    };

    private static Letter Notice(DunningNoticeMail mail, string publisher)
    {
        var heading = NoticeWords.Heading(mail.Stage);
        return new Letter($"{heading} – {publisher}", heading, mail.ReaderName, NoticeWords.Body(mail.Stage, mail.Facts),
            Owed(mail.Facts),
            mail.Stage == DunningStage.DueToTerminate
                ? [("My Account", mail.MyAccount)]
                : mail.Facts.BankAsks
                    ? [($"Confirm with {Asker.Of(mail.Facts.MethodKind).Name}", mail.UpdatePaymentDetails), ("Update payment details", mail.UpdatePaymentDetails), ("My Account", mail.MyAccount)]
                    : [("Update payment details", mail.UpdatePaymentDetails), ("My Account", mail.MyAccount)]);
    }

    private static Letter DateMoved(DateMovedMail mail, string publisher) => mail.CollectionFailed ? CollectionFailed(mail, publisher) : new(
        $"Your subscription now ends later – {publisher}", "A later date for your subscription", mail.ReaderName,
        [
            $"We told you that your subscription would end on {Date(mail.FormerEndOn)}. That date has moved: without a payment "
            + $"it now ends on {Date(mail.Facts.EndsOn)}{(mail.Facts.Closed ? $". {NoticeWords.StaysClosed}" : mail.Facts.UnderWay ? "." : ", and until then you can read on.")}",
            NoticeWords.NextTry(mail.Facts),
            "You can update your payment details in My Account at any time.",
        ],
        Owed(mail.Facts), [("My Account", mail.MyAccount)]);

    private static Letter CollectionFailed(DateMovedMail mail, string publisher) => new(
        $"Your payment did not arrive – {publisher}", "Your payment did not arrive", mail.ReaderName,
        [
            "The payment that was on its way has come to nothing: your bank did not pay it. "
            + (mail.Facts switch
            {
                { Closed: true } => $"{NoticeWords.StaysClosed} Without it your subscription ends on {End(mail)}.",
                { ClosesOn: { } closes } => $"Without a payment subscriber articles close for you on {Date(closes)}, and your subscription ends on {End(mail)}.",
                _ => $"Without a payment your access ends on {End(mail)}.",
            }),
            NoticeWords.NextTry(mail.Facts),
            "Please update your payment details in My Account.",
        ],
        Owed(mail.Facts), [("My Account", mail.MyAccount)]);

    private static string End(DateMovedMail mail) =>
        $"{Date(mail.Facts.EndsOn)}{(mail.FormerEndOn < mail.Facts.EndsOn ? $", later than the {Date(mail.FormerEndOn)} that we told you before" : "")}";

    private static Letter RefundMade(RefundMadeMail mail, string publisher) => new(
        $"Refund made – {publisher}", "Refund made", mail.ReaderName,
        [
            $"We have refunded {mail.Amount} to {Method(mail.MethodKind, mail.MethodLast4)}. Banks can take up to ten days to show it, and there is nothing for you to do.",
            "You can see the invoice and its refunds in My Account.",
        ],
        [("Amount", mail.Amount.ToString()), ("Refunded to", MethodName(mail.MethodKind, mail.MethodLast4)), ("Invoice", mail.InvoiceNumber)], [("My Account", mail.MyAccount)]);

    private static Letter CardExpires(CardExpiresMail mail, string publisher) => new(
        $"Your card expires soon – {publisher}", "Your card expires soon", mail.ReaderName,
        [
            $"The card ending in {mail.Last4}, which pays for your subscription, expires after {Date(mail.LastDay)}.",
            "When you have a new card, your bank may send us the new date by itself; otherwise please update your payment details in My Account, so that your next payment can be taken.",
        ],
        [("Card", MethodName(MethodKind.Card, mail.Last4)), ("Expires after", Date(mail.LastDay))],
        [("Update payment details", mail.PaymentDetails), ("My Account", mail.MyAccount)]);

    private static Letter MethodGone(MethodGoneMail mail, string publisher) => new(
        $"Your payment details can no longer be used – {publisher}", "Your payment details can no longer be used", mail.ReaderName,
        [
            $"We can no longer take payments from {Method(mail.MethodKind, mail.Last4)}: it was removed at our payment provider, or cancelled at your bank.",
            mail.NextOn is { } next
                ? $"Your next payment is due on {Date(next)}. Please update your payment details in My Account before then; you can read on meanwhile."
                : "Your next payment is due. Please update your payment details in My Account; you can read on meanwhile.",
        ],
        [("Payment method", MethodName(mail.MethodKind, mail.Last4))],
        [("Update payment details", mail.PaymentDetails), ("My Account", mail.MyAccount)]);

    private static Letter PaymentReceived(PaymentReceivedMail mail, string publisher) => new(
        mail.Amount.Amount > 0 ? $"Thank you: your payment has been taken – {publisher}" : $"Nothing more to pay – {publisher}",
        mail.Amount.Amount > 0 ? "Thank you: your payment has been taken" : "Nothing more to pay", mail.ReaderName,
        [
            mail.Amount.Amount > 0
                ? $"We have taken {mail.Amount} from {Method(mail.MethodKind, mail.MethodLast4)}. Your subscription is paid, and there is nothing more to do."
                : "The payment that was missing is settled: nothing is owed any more, and nothing was taken. Your subscription goes on, and there is nothing for you to do.",
            mail.RenewsOn is { } renews
                ? $"Your subscription renews next on {Date(renews)}."
                : "Your subscription will not renew: you have cancelled it.",
        ],
        [], [("My Account", mail.MyAccount)]);

    private static Letter CollectionUnderWay(CollectionUnderWayMail mail, string publisher)
    {
        var what = mail.MethodKind == MethodKind.BacsMandate ? "Direct Debit collection" : "payment";
        return new Letter(
            $"Your {what} is on its way – {publisher}", $"Your {what} is on its way", mail.ReaderName,
            [
                $"On {Date(mail.BegunOn)} we asked for {mail.Amount} from {Method(mail.MethodKind, mail.MethodLast4)}. We expect the result by {Date(mail.ResultDueOn)}.",
                mail.ReadsMeanwhile
                    ? "There is nothing to do, and you can read on meanwhile."
                    : "There is nothing to do. Your subscription begins when the payment has arrived.",
                "If you like, you can add another way to pay in My Account. It is used at once if this one fails, and nothing is taken from it before.",
            ],
            [("Amount", mail.Amount.ToString()), ("Payment method", MethodName(mail.MethodKind, mail.MethodLast4)), ("Result expected by", Date(mail.ResultDueOn))],
            [("My Account", mail.MyAccount)]);
    }

    private static Letter Ended(SubscriptionEndedMail mail, string publisher) => new(
        $"Your subscription has ended – {publisher}", "Your subscription has ended", mail.ReaderName,
        [
            mail.Reason switch
            {
                EndReason.NonPayment => $"Your subscription ended on {Date(mail.EndedOn)} because the payment for it could not be taken. "
                    + "We shall not try to take that payment again.",
                EndReason.PaymentReversed => $"Your subscription ended on {Date(mail.EndedOn)} because your bank took a payment for it back. We shall take no further payment.",
                EndReason.Canceled => $"Your subscription ended on {Date(mail.EndedOn)}, as you asked. We shall take no further payment.",
                EndReason.PayerDeceased => $"The subscription ended on {Date(mail.EndedOn)}. Nothing is owed.",
                EndReason.NeverPaid => $"Your subscription did not begin, because its first payment was not completed by {Date(mail.EndedOn)}. "
                    + "Nothing was taken.",
            },
            "If you would like to read on, you can subscribe again with the link below. Your account stays as it is.",
        ],
        [], [("Subscribe again", mail.ComeBack)]);

    private static Letter Welcome(WelcomeMail mail, string publisher) => new(
        $"Your subscription has begun – {publisher}", "Your subscription has begun", mail.ReaderName,
        [
            $"Thank you for subscribing to {publisher}.",
            mail.Paid is { Amount: 0 }
                ? $"Your credit covered the first payment, so nothing has been taken. Your subscription renews on {Date(mail.RenewsOn)} for {mail.Price}, and so on until you cancel."
                : mail.Paid is { } paid
                ? $"We have taken {paid}. Your subscription renews on {Date(mail.RenewsOn)} for {mail.Price}, and so on until you cancel."
                : $"Your trial has begun and nothing has been taken. The first payment of {mail.Price} is taken on {Date(mail.RenewsOn)}, "
                    + "unless you cancel before.",
            "You can see your payments, change your payment details and cancel in My Account.",
        ],
        [("Subscription", mail.PlanName)], [("My Account", mail.MyAccount)]);

    private static Letter Cancelled(CancellationConfirmedMail mail, string publisher) => new(
        $"Your cancellation is confirmed – {publisher}", "Your cancellation is confirmed", mail.ReaderName,
        [
            mail.Closed
                ? $"You have cancelled your subscription. It ends after {Date(mail.ReadsUntil)}, and we shall take no further payment. Subscriber articles stay closed until your bank has decided about the payment that it questions."
                : $"You have cancelled your subscription. You can read on until {Date(mail.ReadsUntil)}, and we shall take no further payment.",
            "If you change your mind before then, you can keep your subscription in My Account.",
        ],
        [], [("My Account", mail.MyAccount)]);

    private static Letter PasswordReset(PasswordResetMail mail, string publisher) => new(
        $"Choose a new password – {publisher}", "Choose a new password", mail.ReaderName,
        [
            $"Somebody, most likely you, asked to choose a new password for your account. The link below works once, for {mail.ValidMinutes} minutes.",
            "If it was not you, there is nothing to do: your password stays as it is.",
        ],
        [], [("Choose a new password", mail.Link)]);

    private static Letter ConfirmAddress(ConfirmAddressMail mail, string publisher) => new(
        $"Confirm your address – {publisher}", "Confirm your address", mail.ReaderName,
        [
            $"Somebody, most likely you, asked to confirm that this address belongs to your account. The link below works for {mail.ValidDays} days, and only for whoever is signed in to that account.",
            "If it was not you, there is nothing to do: nothing changes.",
        ],
        [], [("Confirm your address", mail.Link)]);

    private static Letter SeatInvitation(SeatInvitationMail mail, string publisher) => new(
        $"You are invited to read {publisher}", $"You are invited to read {publisher}", mail.ReaderName,
        [
            $"{mail.HolderName} has a group subscription and has kept a place in it for you. The account holder pays for it; nothing is charged to you.",
            $"With the link below you can look at the invitation, sign in or register, and accept it. It works once, until {Date(mail.LastDay)}.",
            "If you do not want it, there is nothing to do.",
        ],
        [], [("Look at the invitation", mail.Link)]);

    private static IReadOnlyList<(string Label, string Value)> Owed(NoticeFacts facts) =>
    [
        ("Amount", facts.Amount.ToString()),
        ("Payment method", MethodName(facts.MethodKind, facts.MethodLast4)),
        ("Next try", facts switch
        {
            { ResultDueOn: { } due } => $"On its way, result by {Date(due)}",
            { NextAttemptOn: { } next } => Date(next),
            { BankAsks: true } => "None until you confirm the payment",
            _ => "None until you update your payment details",
        }),
        .. Access(facts),
    ];

    private static IEnumerable<(string Label, string Value)> Access(NoticeFacts facts) => facts switch
    {
        { ClosesOn: { } closes } => [("Subscriber articles close", Date(closes)), ("Subscription ends", Date(facts.EndsOn))],
        { Closed: true } => [("Subscriber articles", "Closed until the payment has been taken"), ("Subscription ends", Date(facts.EndsOn))],
        _ => [("Access ends", Date(facts.EndsOn))],
    };

    private static string Method(MethodKind kind, string? last4) => (kind, last4) switch
    {
        (MethodKind.PayPal, _) => "your PayPal account",
        (MethodKind.BacsMandate, { Length: > 0 }) => $"your account ending in {last4} by Direct Debit",
        (_, { Length: > 0 }) => $"your card ending in {last4}",
        _ => "your payment method",
    };

    private static string MethodName(MethodKind kind, string? last4) => (kind, last4) switch
    {
        (MethodKind.PayPal, _) => "PayPal",
        (MethodKind.BacsMandate, { Length: > 0 }) => $"Direct Debit ending in {last4}",
        (_, { Length: > 0 }) => $"Card ending in {last4}",
        _ => "Your payment method",
    };
}
