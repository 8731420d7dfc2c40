using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>Who was seeded, and how they stand now.</summary>
public sealed class ReadersModel(SandboxOptions options, SeededReaders readers) : PageModel
{
    /// <summary>The newspaper's front page.</summary>
    public Uri Newspaper { get; } = options.Addresses.Newspaper;

    /// <summary>Readers, staff and keys.</summary>
    public SeededBook Book { get; private set; } = SeededBook.Empty;

    /// <summary>Shows the list.</summary>
    public async Task OnGetAsync() => Book = await readers.NowAsync();
}
