namespace Subscriptions.Server.Features.Billing.Gateway;

/// <summary>
/// Which of the invoices that an account's payments name are this database's. Another database may pay into the same account, such as an acceptance
/// run's, which is gone when it has ended: its payments are some other system's.
/// </summary>
/// <param name="Include">Tells it by an invoice's id.</param>
public sealed record OwnInvoices(Func<string, bool> Include);
