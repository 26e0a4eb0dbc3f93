"""From facts to what they tell together: activities, parts of totals, running totals, funds, the text's own arithmetic."""
